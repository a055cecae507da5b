import { contentSignalOf, contentSignalUsages } from '../content-signal.ts';
import type { Evidence, Preference, Usage } from '../evidence.ts';
import { evidenceOf } from '../statement.ts';
import type { ParsedRobots, RobotsExtension } from './file.ts';
import { type Governing, readings } from './readings.ts';
import { type DecidingUsageRule, grantedByAll, usageRules } from './usage.ts';

/** Content-Signal lines read for one question; when there are more, only the refusals among them count. */
export const contentSignalLinesMax = 1_000;

/** What `robotsSignals` needs to know of the question. */
export interface RobotsSignalQuestion {
  /** The crawler that would fetch, `*` when none is named. */
  agent: string;
  /** The control token that is asked about, or that governs what the crawler fetches. */
  controlToken: string | null;
  /** Names under which the asking agent is known, so that what a named group says binds nobody else. */
  names: readonly string[];
  url: string;
  /** Whether that crawler may fetch the URL: Content-Usage says nothing where it may not. */
  mayCrawl: boolean;
  robotsUrl: string;
  observedAt: string;
}

/**
 * What the Content-Usage and Content-Signal lines of a robots.txt file say to one agent about one URL. A line under
 * a named agent binds that agent only.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function robotsSignals(parsed: ParsedRobots, question: RobotsSignalQuestion): Evidence[] {
  if (!holdsSignals(parsed)) return [];
  const found = firstOfEach([...usagesFound(parsed, question), ...signalsFound(parsed, question)]);
  // What was cut off, or not kept, may hold the refusal.
  const cut = parsed.truncated || parsed.overflow;
  return found
    .filter(({ preference }) => preference === 'disallow' || !cut)
    .map((said) => toEvidence(said, question));
}

/** One preference in one line, before it is evidence. */
interface Found {
  source: 'content-usage' | 'content-signal';
  usage: Usage;
  preference: Preference;
  extension: RobotsExtension;
  /** The User-agent line it stands under; null before any group. */
  agent: string | null;
  weight?: 'possible';
}

/** One statement of a kind is enough, and a file may hold ten thousand. */
function firstOfEach(found: readonly Found[]): Found[] {
  const seen = new Set<string>();
  return found.filter(({ source, usage, preference, weight, agent }) => {
    const kind = [source, usage, preference, weight, isEverybody(agent)].join(' ');
    return !seen.has(kind) && seen.add(kind);
  });
}

function isEverybody(agent: string | null): boolean {
  return agent === null || agent.startsWith('*');
}

/** A line under `*` speaks to everybody; under a name, to the agent that found itself there. */
function toEvidence({ extension, agent, ...said }: Found, question: RobotsSignalQuestion): Evidence {
  const name = said.source === 'content-usage' ? 'Content-Usage' : 'Content-Signal';
  const line = `${name}: ${extension.value}`;
  const place = { where: `${question.robotsUrl}, line ${extension.line}`, observedAt: question.observedAt };
  return evidenceOf(place, {
    ...said,
    quote: agent === null ? line : `User-agent: ${agent} / ${line}`,
    ...(isEverybody(agent) ? {} : { operators: [...question.names] }),
  });
}

function holdsSignals({ extensions, groups }: ParsedRobots): boolean {
  return extensions.some(isSignal) || groups.some((group) => group.extensions.some(isSignal));
}

function isSignal({ key }: RobotsExtension): boolean {
  return key === 'content-usage' || key === 'content-signal';
}

function usagesFound(parsed: ParsedRobots, question: RobotsSignalQuestion): Found[] {
  const perReading = question.mayCrawl ? usageRules(parsed, question) : [];
  if (perReading === null) return [];
  const granted = grantedByAll(perReading);
  const own = perReading.flat().flatMap(preferencesIn);
  const kept = own.filter(({ preference, usage }) => preference === 'disallow' || granted.has(usage));
  return [...kept, ...controlUsages(parsed, question)];
}

/** A control token is governed by the group that names it: it never fetches, so what it may crawl does not matter. */
function controlUsages(parsed: ParsedRobots, { controlToken, url }: RobotsSignalQuestion): Found[] {
  if (controlToken === null || !isNamed(parsed, controlToken)) return [];
  const rules = usageRules(parsed, { agent: controlToken, url }) ?? [];
  return refusals(rules.flat().flatMap(preferencesIn));
}

function isNamed(parsed: ParsedRobots, token: string): boolean {
  return readings(parsed, token).some((governing) =>
    governing.some(({ agent }) => !isEverybody(agent.value)),
  );
}

function refusals(found: readonly Found[]): Found[] {
  return found.filter(({ preference }) => preference === 'disallow');
}

function preferencesIn({ agent, extension, statement }: DecidingUsageRule): Found[] {
  return [...statement.preferences].map(([usage, preference]) => ({
    source: 'content-usage',
    usage,
    preference,
    extension,
    agent,
  }));
}

function signalsFound(parsed: ParsedRobots, question: RobotsSignalQuestion): Found[] {
  const perReading = readings(parsed, question.agent).map(signalsUnder);
  const own = perReading.flat();
  const [first = new Set<Usage>(), ...others] = perReading.map(grantedIn);
  const granted = others.reduce((all, usages) => all.intersection(usages), first);
  const control =
    question.controlToken === null || !isNamed(parsed, question.controlToken)
      ? []
      : readings(parsed, question.controlToken).flatMap(signalsUnder);
  const spoken = new Set(own.map(({ usage }) => usage));
  return [
    ...own.filter(({ preference, usage }) => preference === 'disallow' || granted.has(usage)),
    ...refusals(control),
    ...refusals(siteWide(parsed)).filter(({ usage }) => !spoken.has(usage)),
  ];
}

function grantedIn(found: readonly Found[]): Set<Usage> {
  const said = (wanted: Preference) =>
    new Set(found.filter(({ preference }) => preference === wanted).map(({ usage }) => usage));
  return said('allow').difference(said('disallow'));
}

function signalsUnder(governing: readonly Governing[]): Found[] {
  return signalsIn(
    governing.map(({ agent, group }) => ({ agent: agent.value, extensions: group.extensions })),
  );
}

interface Place {
  /** The User-agent line; null before any group. */
  agent: string | null;
  extensions: readonly RobotsExtension[];
}

function signalsIn(places: readonly Place[]): Found[] {
  const found: Found[] = [];
  let lines = 0;
  for (const { agent, extensions } of places) {
    for (const extension of extensions) {
      if (extension.key !== 'content-signal') continue;
      // A refusal may stand in what is not read.
      if (++lines > contentSignalLinesMax) return refusals(found);
      for (const [key, preference] of contentSignalOf(extension).preferences) {
        const usage = contentSignalUsages[key];
        found.push({ source: 'content-signal', usage, preference, extension, agent });
      }
    }
  }
  return found;
}

/**
 * Read for the whole file, the lines before any group and those of `*` also speak to an agent with a group of its
 * own. The policy leaves it open, so such a refusal is possible and decides nothing alone.
 */
function siteWide({ extensions, groups }: ParsedRobots): Found[] {
  const places: Place[] = groups.flatMap((group) => {
    const star = group.agents.find(({ token }) => token === '*');
    return star === undefined ? [] : [{ agent: star.value, extensions: group.extensions }];
  });
  return signalsIn([{ agent: null, extensions }, ...places]).map((said) => ({ ...said, weight: 'possible' }));
}
