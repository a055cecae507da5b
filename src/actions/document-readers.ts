import { parseAiTxt, readAiTxt } from '../consent/ai-txt.ts';
import type { SignalContext, SignalReading } from '../consent/signal.ts';
import { parseTdmrepFile } from '../consent/tdmrep/file.ts';
import { readTdmrep } from '../consent/tdmrep/tdmrep.ts';
import { readTrustTxt } from '../consent/trust-txt.ts';
import type { DocumentEntry } from '../net/document-outcome.ts';
import type { DocumentName } from '../net/site-documents.ts';

/** What one file says to a question. It was parsed before; a question costs no more than looking. */
export type DocumentReader = (context: SignalContext) => SignalReading;

/** How each file is read, once, into something that answers many questions. */
const prepare: Record<DocumentName, (text: string, where: string) => DocumentReader> = {
  tdmrep(text, where) {
    const file = parseTdmrepFile(text);
    return (context) => readTdmrep({ file: { file, where } }, context);
  },
  'ai.txt'(text, where) {
    const file = parseAiTxt({ body: text }, where);
    return (context) => readAiTxt(file, context);
  },
  'trust.txt'(text, where) {
    let reading: SignalReading | null = null;
    // It speaks for the whole site and to everybody, so the first answer is the answer.
    return (context) => {
      reading ??= readTrustTxt([{ body: text, where }], context);
      return reading;
    };
  },
};

// One entry answers many questions while it is in memory, and is parsed for the first of them.
const readers = new WeakMap<DocumentEntry, DocumentReader>();

/** @returns what reads an entry, or null where there is nothing to read. */
export function readerOf(name: DocumentName, entry: DocumentEntry, where: string): DocumentReader | null {
  if (entry.body === null) return null;
  const known = readers.get(entry);
  if (known !== undefined) return known;
  const read = prepare[name](entry.body, where);
  const reader = entry.warnings.includes('truncated') ? withoutGrants(read) : read;
  readers.set(entry, reader);
  return reader;
}

/** In the part that was not read there may be a refusal. */
function withoutGrants(read: DocumentReader): DocumentReader {
  return (context) => {
    const { evidence, warnings } = read(context);
    return { evidence: evidence.filter(({ preference }) => preference === 'disallow'), warnings };
  };
}
