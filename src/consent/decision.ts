import type { ResolvedAgent } from './agent.ts';
import type { Evidence, Match, Trust, Usage } from './evidence.ts';

export type Verdict = 'disallow' | 'allow' | 'unknown';

/** The one word to act on. */
export type Act = 'proceed' | 'stop' | 'review';

/**
 * What one piece of evidence did to the verdict: it decides, is only possible, is below the policy's trust, is
 * overruled by a refusal, excepts the asking operator, or binds other operators only.
 */
export const effects = [
  'decides',
  'possible',
  'below-trust',
  'overruled',
  'excepted',
  'not-this-operator',
] as const;
export type Effect = (typeof effects)[number];

export interface Reason extends Evidence {
  effect: Effect;
}

/** May the agent fetch the URL at all (RFC 9309); says nothing about any usage. */
export interface Crawl {
  verdict: Verdict;
  where?: string;
  quote?: string;
  /** One word for why: `rule`, `no-rule`, `no-group`, `unreachable`, `not-checked` … */
  reason: string;
}

/** A source that could have spoken and was not asked, so that silence is never mistaken for an answer. */
export interface NotChecked {
  source: string;
  why: string;
  /** Seconds after which asking again may give more. */
  retryAfterS?: number;
}

/** A log the answer stands on: its state when the answer was given. */
export interface AsOf {
  origin: string;
  size: number;
  /** Root hash of the log at that size; null before its first checkpoint. */
  root: string | null;
}

export interface Decision {
  verdict: Verdict;
  crawl: Crawl;
  act: Act;
  usage: Usage;
  agent: ResolvedAgent | null;
  /** Deciding ones first. */
  reasons: Reason[];
  warnings: string[];
  notChecked: NotChecked[];
  /** Of the strongest registry record that bears on the verdict, as are `trust` and `since`. */
  match?: Match;
  trust?: Trust;
  since?: string;
  /** Somebody disputes a record that bears on the verdict. It stays in force until a moderator rules. */
  contested: boolean;
  asOf: AsOf[];
  /** RFC 3339 UTC; ask again after it. */
  expiresAt: string;
  /** Digest of the policy applied. */
  policy: string;
}

/** What evidence and policy alone decide; the caller adds what it stands on and how long it holds. */
export type DecisionPart = Omit<Decision, 'asOf' | 'expiresAt' | 'policy'>;

/**
 * When an answer must be asked again: as soon as the first thing it stands on may change.
 *
 * @param bounds RFC 3339 times until which each part is valid, at least one.
 * @returns the earliest, as RFC 3339 UTC with milliseconds.
 * @throws RangeError when a bound is no time.
 */
export function earliestExpiry(bounds: readonly [string, ...string[]]): string {
  return new Date(Math.min(...bounds.map((bound) => Date.parse(bound)))).toISOString();
}
