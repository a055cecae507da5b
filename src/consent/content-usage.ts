import { Token } from 'structured-headers';
import { type UsageVocabulary, usageVocabulary } from './aipref-labels.ts';
import { contentUsageSlips } from './content-usage-slips.ts';
import type { Preference, Usage } from './evidence.ts';
import type { SignalContext, SignalReading } from './signal.ts';
import { evidenceOf, signalWarningsMax, warningOf } from './statement.ts';
import { usageDictionary } from './usage-dictionary.ts';

/** Most field lines that are joined. */
export const contentUsageLinesMax = 100;

/** What one preference expression says. */
export interface UsageStatement {
  /** False when the Dictionary does not parse: every preference is then unknown. */
  parsed: boolean;
  /** Usages that are not in it are unknown. */
  preferences: ReadonlyMap<Usage, Preference>;
}

/**
 * Reads one AIPREF preference expression: an RFC 9651 Dictionary in which the Tokens `y` and `n` are preferences
 * and anything else is unknown (draft-ietf-aipref-vocab, "Processing Algorithm"). Never throws.
 *
 * @param text the field value, or what stands after the path of a robots.txt rule.
 */
export function parseUsageStatement(
  text: string,
  vocabulary: UsageVocabulary = usageVocabulary,
): UsageStatement {
  const dictionary = usageDictionary(text);
  const preferences = new Map<Usage, Preference>();
  for (const [label, usage] of vocabulary.labels) {
    const preference = preferenceOf(dictionary?.get(label)?.[0]);
    if (usage !== null && preference !== null) preferences.set(usage, preference);
  }
  return { parsed: dictionary !== null, preferences };
}

function preferenceOf(value: unknown): Preference | null {
  if (!(value instanceof Token)) return null;
  const token = value.toString();
  if (token === 'n') return 'disallow';
  return token === 'y' ? 'allow' : null;
}

/**
 * Several statements about the same thing: any refusal, else any permission, else unknown
 * (draft-ietf-aipref-vocab, "Combining Preferences").
 */
export function combineStatements(
  statements: readonly Pick<UsageStatement, 'preferences'>[],
): Map<Usage, Preference> {
  const combined = new Map<Usage, Preference>();
  for (const { preferences } of statements) {
    for (const [usage, preference] of preferences) {
      if (combined.get(usage) !== 'disallow') combined.set(usage, preference);
    }
  }
  return combined;
}

/**
 * The Content-Usage field of a response (draft-ietf-aipref-attach-05): what it says about the content it came with.
 *
 * @param fields the field lines in order; they are joined before they are parsed (RFC 9651 §4.2), so of a repeated
 * label the last value counts and one line that does not parse loses all.
 */
export function readContentUsage(fields: readonly string[], context: SignalContext): SignalReading {
  if (fields.length === 0) return { evidence: [], warnings: [] };
  const joined = fields.slice(0, contentUsageLinesMax + 1).join(', ');
  const quote = `Content-Usage: ${joined}`;
  if (fields.length > contentUsageLinesMax) {
    const message = `there are more than ${contentUsageLinesMax} lines of this field, so it is not read`;
    return { evidence: [], warnings: [warningOf(context.where, quote, { message })] };
  }
  const { preferences } = parseUsageStatement(joined);
  const slips = contentUsageSlips(joined);
  return {
    evidence: [...preferences].map(([usage, preference]) =>
      evidenceOf(context, { source: 'content-usage', usage, preference, quote }),
    ),
    warnings: slips.slice(0, signalWarningsMax).map((slip) => warningOf(context.where, quote, slip)),
  };
}
