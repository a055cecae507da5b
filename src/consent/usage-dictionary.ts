import { parseDictionary } from 'structured-headers';

/** Longest statement that is read, all field lines together. Longer ones say nothing and are reported. */
export const contentUsageLengthMax = 16_384;

export type UsageDictionary = ReturnType<typeof parseDictionary>;

/** @returns the text as an RFC 9651 Dictionary, or null when it is none, or too long to read. */
export function usageDictionary(text: string): UsageDictionary | null {
  if (text.length > contentUsageLengthMax) return null;
  try {
    return parseDictionary(text);
  } catch {
    return null;
  }
}
