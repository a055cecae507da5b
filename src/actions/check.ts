import type { ResolvedAgent } from '../consent/agent.ts';
import { decide } from '../consent/decide.ts';
import {
  type AsOf,
  type Crawl,
  type Decision,
  earliestExpiry,
  type NotChecked,
} from '../consent/decision.ts';
import type { Evidence, Usage } from '../consent/evidence.ts';
import { policyDigest, shippedPolicy } from '../consent/policy.ts';
import type { Deps } from '../deps.ts';
import { toBase64 } from '../log/encoding.ts';
import { findRecords, type Item, type Place, placesOf } from './check-records.ts';
import { type RobotsView, robotsFor } from './robots.ts';

/** `cached` answers from what is known; `fetch` waits for robots.txt files that are not. */
export type SignalsMode = 'cached' | 'fetch';

export interface Question {
  items: readonly Item[];
  usage: Usage;
  /** Null when the caller named nobody. */
  agent: ResolvedAgent | null;
  signals: SignalsMode;
  /** Id of the consumer who asks, empty for anybody. */
  consumer: string;
}

export type Answer = Omit<Decision, 'notChecked' | 'agent'> & {
  id?: string;
  agent: Pick<ResolvedAgent, 'token' | 'operator' | 'purpose'> | null;
  notChecked: { source: string; why: string; retryAfter?: number }[];
};

/** How long an answer that rests on the registry alone holds, in milliseconds. */
export const registryLifeMs = 3_600_000;

/** What this version does not read yet, said in every answer so that silence is not taken for consent. */
const unread: NotChecked = {
  source: 'other-signals',
  why: 'HTTP headers, tdmrep.json, ai.txt, trust.txt, RSL, HTML and file metadata are not read by this version',
};

/** An answer with everything it was weighed from, decisive or not. */
export interface Weighed {
  answer: Answer;
  evidence: Evidence[];
}

/**
 * Answers what may be done with each item: the registry's records and the site's robots.txt, weighed by the shipped
 * policy. One answer per item, in order; nothing of the question is stored but counts of the records it hit.
 */
export async function check(deps: Deps, question: Question): Promise<Answer[]> {
  return (await weigh(deps, question)).map(({ answer }) => answer);
}

/** The same, with the evidence. */
export async function weigh(deps: Deps, question: Question): Promise<Weighed[]> {
  const places = question.items.map(placesOf);
  // Both sizes are read first: the answer knows at least everything written until then, and so everything in the log.
  const { origin, published } = deps.consentLog;
  const size = await deps.lookup.size();
  const [found, robots, policy] = await Promise.all([
    findRecords(deps, question, places, size),
    robotsFor(
      deps,
      places.flat().flatMap(({ url, key }) => (key === null ? [] : [{ url, key }])),
      question.signals,
    ),
    digest,
  ]);
  const root = published === null ? null : toBase64(published.root);
  const asOf: AsOf[] = [{ origin, size: published?.size ?? 0, root }];
  const registryUntil = new Date(deps.clock() + registryLifeMs).toISOString();
  return question.items.map((item, index) => {
    const own = places[index] ?? [];
    const spoken = own.map((place) => ({ place, robots: place.key === null ? null : robots(place.key) }));
    const signals = spoken.map(({ place, robots: view }) => speak(place, view, question.agent));
    const evidence = [...(found[index] ?? []), ...once(signals.flatMap((signal) => signal.evidence))];
    const part = decide(evidence, {
      usage: question.usage,
      agent: question.agent,
      policy: shippedPolicy,
      // Crawl is about what would be fetched: the file, or the page where only that is named.
      ...(signals[0] === undefined
        ? { crawl: { verdict: 'unknown', reason: 'no-url' } }
        : { crawl: signals[0].crawl }),
      notChecked: [...signals.flatMap((signal) => signal.notChecked), unread],
      warnings: signals.flatMap((signal) => signal.warnings),
    });
    count(deps, part.reasons, question.consumer, part.verdict);
    const { agent, notChecked, ...rest } = part;
    const answer: Answer = {
      ...(item.id === undefined ? {} : { id: item.id }),
      ...rest,
      agent: agent === null ? null : { token: agent.token, operator: agent.operator, purpose: agent.purpose },
      notChecked: notChecked.map(({ source, why, retryAfterS }) => ({
        source,
        why,
        ...(retryAfterS === undefined ? {} : { retryAfter: retryAfterS }),
      })),
      asOf,
      expiresAt: earliestExpiry([registryUntil, ...signals.flatMap((signal) => signal.until)]),
      policy,
    };
    return { answer, evidence };
  });
}

const digest = policyDigest(shippedPolicy);

interface Spoken {
  crawl: Crawl;
  evidence: Evidence[];
  notChecked: NotChecked[];
  warnings: string[];
  /** Until when this holds; empty when nothing was read. */
  until: string[];
}

function speak(place: Place, view: RobotsView | null, agent: ResolvedAgent | null): Spoken {
  if (view === null) {
    return {
      crawl: { verdict: 'unknown', reason: 'not-a-url' },
      evidence: [],
      notChecked: [{ source: 'registry', why: `${place.role} is not an http or https URL` }],
      warnings: [],
      until: [],
    };
  }
  const { evidence, ...rest } = view.ask(place.url, agent);
  return { ...rest, evidence: evidence.map((said) => ({ ...said, on: place.role })) };
}

/** A file and its page on one site are told the same line; it is one reason. */
function once(evidence: readonly Evidence[]): Evidence[] {
  const seen = new Map(
    evidence.toReversed().map((said) => [`${said.usage} ${said.where} ${said.quote}`, said]),
  );
  return evidence.filter((said) => seen.get(`${said.usage} ${said.where} ${said.quote}`) === said);
}

function count(deps: Deps, reasons: Decision['reasons'], consumer: string, verdict: string): void {
  for (const { record, effect } of reasons) {
    if (record !== undefined && effect !== 'below-trust') deps.hits.add(record, consumer, verdict);
  }
}
