import type { ResolvedAgent } from '../consent/agent.ts';
import { decide } from '../consent/decide.ts';
import {
  type AsOf,
  type Decision,
  type DecisionPart,
  earliestExpiry,
  type NotChecked,
} from '../consent/decision.ts';
import type { Evidence, Usage } from '../consent/evidence.ts';
import { policyDigest, shippedPolicy } from '../consent/policy.ts';
import type { CheckDeps } from '../deps.ts';
import { toBase64 } from '../log/encoding.ts';
import type { UrlKey } from '../opt-outs/url-key.ts';
import { findRecords, type Item, type Place, placesOf } from './check-records.ts';
import { signalsFor } from './signals.ts';
import { type SignalsAnswer, type SignalsView, sourcesOfSites } from './signals-view.ts';

/** `cached` answers from what is known; `fetch` waits for what sites say that is not. */
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

/** Why what a site says is not weighed: who answers has the registry alone. */
export const notInSnapshot = 'not-in-a-snapshot';

/** How long an answer that rests on the registry alone holds, in milliseconds. */
export const registryLifeMs = 3_600_000;

/** What a check by URL alone cannot see, said in every answer so that silence is not taken for consent. */
export const responseNotRead: NotChecked = {
  source: 'response',
  why: 'headers, HTML and file metadata are read when you send them to POST /v1/signals/inspect',
};

/** An answer with everything it was weighed from, decisive or not. */
export interface Weighed {
  answer: Answer;
  evidence: Evidence[];
}

/**
 * Answers what may be done with each item: the registry's records and the signals of the site, weighed by the shipped
 * policy. One answer per item, in order; nothing of the question is stored but counts of the records it hit.
 */
export async function check(deps: CheckDeps, question: Question): Promise<Answer[]> {
  return (await weigh(deps, question)).map(({ answer }) => answer);
}

/** The same, with the evidence. */
export async function weigh(deps: CheckDeps, question: Question): Promise<Weighed[]> {
  const places = question.items.map(placesOf);
  // Read first: the answer knows at least everything written until then, and so everything in the log.
  const { origin, published } = deps.consentLog;
  const [found, viewOf, policy] = await Promise.all([
    findRecords(deps, question, places),
    viewsOf(deps, places.flat(), question.signals),
    digest,
  ]);
  const root = published === null ? null : toBase64(published.root);
  const asOf: AsOf[] = [{ origin, size: published?.size ?? 0, root }];
  const warnings = deps.warnings?.() ?? [];
  const registryUntil = new Date(deps.clock() + registryLifeMs).toISOString();
  return question.items.map((item, index) => {
    const own = places[index] ?? [];
    const { part, evidence, until } = weighPlaces(own, found[index] ?? [], viewOf, { ...question, warnings });
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
      expiresAt: earliestExpiry([registryUntil, ...until]),
      policy,
    };
    return { answer, evidence };
  });
}

/** What a decision on one item is made of, with the times until which it holds. */
export interface WeighedPlaces {
  part: DecisionPart;
  evidence: Evidence[];
  until: string[];
}

/**
 * Weighs what the registry says of one item and what the sites of its URLs say, by the shipped policy. Pure.
 *
 * @param found the registry's evidence, as `findRecords` orders it.
 * @param viewOf what a site says of itself.
 */
export function weighPlaces(
  places: readonly Place[],
  found: readonly Evidence[],
  viewOf: (key: UrlKey) => SignalsView,
  question: Pick<Question, 'usage' | 'agent'> & { warnings: readonly string[] },
): WeighedPlaces {
  const { usage, agent, warnings } = question;
  const signals = places.map((place) => speak(place, place.key === null ? null : viewOf(place.key), agent));
  const evidence = [...found, ...once(signals.flatMap((signal) => signal.evidence))];
  const part = decide(evidence, {
    usage,
    agent,
    policy: shippedPolicy,
    // Crawl is about what would be fetched: the file, or the page where only that is named.
    ...(signals[0] === undefined
      ? { crawl: { verdict: 'unknown', reason: 'no-url' } }
      : { crawl: signals[0].crawl }),
    notChecked: [...signals.flatMap((signal) => signal.notChecked), responseNotRead],
    warnings: [...warnings, ...signals.flatMap((signal) => signal.warnings)],
  });
  return { part, evidence, until: signals.flatMap((signal) => signal.until) };
}

const digest = policyDigest(shippedPolicy);

/** What sites say of themselves, by the key of a URL on them. */
async function viewsOf(
  { clock, signals }: CheckDeps,
  places: readonly Place[],
  mode: SignalsMode,
): Promise<(key: UrlKey) => SignalsView> {
  if (signals === null) return () => unasked;
  const keys = places.flatMap(({ key }) => (key === null ? [] : [{ key }]));
  return signalsFor({ clock, signals }, keys, mode);
}

/** Sites are not asked, and nothing is known of them. */
export const unasked: SignalsView = {
  gathered: () => [],
  ask: () => ({
    crawl: { verdict: 'unknown', reason: 'not-checked' },
    evidence: [],
    notChecked: sourcesOfSites.map((source) => ({ source, why: notInSnapshot })),
    warnings: [],
    until: [],
  }),
};

function speak(place: Place, view: SignalsView | null, agent: ResolvedAgent | null): SignalsAnswer {
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

function count(deps: CheckDeps, reasons: Decision['reasons'], consumer: string, verdict: string): void {
  for (const { record, effect } of reasons) {
    if (record !== undefined && effect !== 'below-trust') deps.hits.add(record, consumer, verdict);
  }
}
