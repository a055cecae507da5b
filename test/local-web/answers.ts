import type { z } from 'zod';
import { DecisionView } from '../../src/http/schemas.ts';
import { InspectionView } from '../../src/http/signals.ts';
import type { World } from '../http/world.ts';
import { type Site, sites } from './sites.ts';
import type { LocalWeb } from './web.ts';

type Decision = z.infer<typeof DecisionView>;

/** Who is told apart in the table; the last one is nobody the crawler table knows. */
export const agents = [
  'GPTBot',
  'ClaudeBot',
  'CCBot',
  'Google-Extended',
  'PerplexityBot',
  'ExampleBot',
] as const;
const usages = ['train-ai', 'ai-use', 'search'] as const;
type Question = 'crawl' | (typeof usages)[number];
export const questions: readonly Question[] = ['crawl', ...usages];

/** What Withhold answers one agent about one site. */
export interface SiteAnswer {
  verdicts: Record<Question, string>;
  /** Where the reasons of the refusals and grants stand. */
  where: string[];
  warnings: string[];
}

/** What the response itself says is read when it is sent, as a crawler would that has fetched it. */
const isInResponse = ({ channel }: Site) =>
  channel === 'response header' || channel === 'HTML' || channel === 'picture file';

/** Asks the service about every site as six agents: by URL, or with the response where that is what speaks. */
export async function askAll(world: World, web: LocalWeb): Promise<Map<Site, Map<string, SiteAnswer>>> {
  const answers = new Map(sites.map((site) => [site, new Map<string, SiteAnswer>()]));
  for (const agent of agents) {
    const asked = await Promise.all(usages.map((usage) => checkAll(world, web, agent, usage)));
    for (const [index, site] of sites.entries()) {
      const decisions = asked.map((some) => some[index] as Decision);
      const answer = isInResponse(site)
        ? await inspectOne(world, web, site, agent)
        : answerOf(web, decisions, decisions[0]?.crawl.verdict ?? '', decisions[0]?.warnings ?? []);
      answers.get(site)?.set(agent, answer);
    }
  }
  return answers;
}

async function checkAll(world: World, web: LocalWeb, agent: string, usage: string): Promise<Decision[]> {
  const items = sites.map((site) => ({ url: web.urlOf(site) }));
  const response = await world.request('/v1/check?signals=fetch', { json: { items, agent, usage } });
  const { decisions } = (await response.json()) as { decisions: unknown[] };
  return decisions.map((decision) => DecisionView.parse(decision));
}

async function inspectOne(world: World, web: LocalWeb, site: Site, agent: string): Promise<SiteAnswer> {
  const url = web.urlOf(site);
  const fetched = await web.fetcher.fetch(url);
  if (!fetched.ok) throw new Error(`${url}: ${fetched.message}`);
  const headers = Object.entries(fetched.headers).flatMap(([name, values]) =>
    values.map((value) => [name, value]),
  );
  const isPicture = fetched.headers['content-type']?.[0]?.startsWith('image/') === true;
  const body = isPicture
    ? { image: Buffer.from(fetched.body).toString('base64') }
    : { html: Buffer.from(fetched.body).toString() };
  const response = await world.request('/v1/signals/inspect', {
    json: { url, agent, usage: [...usages], headers, ...(fetched.body.length === 0 ? {} : body) },
  });
  const inspection = InspectionView.parse(await response.json());
  const warnings = inspection.signals.flatMap((signal) => signal.warnings);
  return answerOf(
    web,
    inspection.decisions,
    inspection.crawl.verdict,
    warnings.map(({ message, fix }) => (fix === undefined ? message : `${message}: ${fix}`)),
  );
}

function answerOf(
  web: LocalWeb,
  decisions: readonly Pick<Decision, 'usage' | 'verdict' | 'reasons'>[],
  crawl: string,
  warnings: readonly string[],
): SiteAnswer {
  const verdict = (usage: string) => decisions.find((decision) => decision.usage === usage)?.verdict ?? '';
  const possible = (usage: string) =>
    decisions
      .find((decision) => decision.usage === usage)
      ?.reasons.some(({ effect }) => effect === 'possible');
  const word = (usage: string) =>
    verdict(usage) === 'unknown' && possible(usage) ? 'possible' : verdict(usage);
  return {
    verdicts: { crawl, 'train-ai': word('train-ai'), 'ai-use': word('ai-use'), search: word('search') },
    where: [
      ...new Set(decisions.flatMap(({ reasons }) => reasons.map(({ where }) => web.withoutPort(where)))),
    ],
    warnings: warnings.map(web.withoutPort),
  };
}
