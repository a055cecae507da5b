import type { Evidence, Preference, Source, Usage } from './evidence.ts';
import type { SignalContext, SignalWarning } from './signal.ts';

/** Longest quote passed on; the place is given beside it, so nothing is lost by cutting. */
export const quoteLengthMax = 300;
/** Warnings passed on for one reading of one signal: the first ones are enough to start mending. */
export const signalWarningsMax = 20;

/** What is wrong with a statement, before it is known where the statement stands. */
export type Slip = Pick<SignalWarning, 'message' | 'fix'>;

/** One preference found in a signal. */
export interface Statement {
  source: Source;
  usage: Usage;
  preference: Preference;
  quote: string;
  /** Default: the place of the context. */
  where?: string;
  operators?: string[];
  weight?: 'possible';
  licence?: string;
}

/** @returns the statement as evidence, with its place and the time it was read. */
export function evidenceOf(
  context: Pick<SignalContext, 'where' | 'observedAt'>,
  { quote, where = context.where, ...statement }: Statement,
): Evidence {
  return { ...statement, where, quote: cutQuote(quote), observedAt: context.observedAt };
}

/** @returns the slip as a warning about `quote` at that place. */
export function warningOf(where: string, quote: string, slip: Slip): SignalWarning {
  return { where, quote: cutQuote(quote), ...slip };
}

/** @returns at most `quoteLengthMax` characters of the text, and always text that can be written as JSON anywhere. */
export function cutQuote(text: string): string {
  const quote = text.length > quoteLengthMax ? `${text.slice(0, quoteLengthMax)}…` : text;
  return quote.toWellFormed();
}

/** @returns the warning as one line for a person. */
export function warningSentence({ where, quote, message, fix }: SignalWarning): string {
  return `${where}: "${quote}": ${message}${fix === undefined ? '.' : `; ${fix}.`}`;
}
