import type { SignalContext, SignalReading } from './signal.ts';
import { evidenceOf, type Slip, signalWarningsMax, warningOf } from './statement.ts';

/** Longest file that is read, in characters. The attribute may stand anywhere, so behind it no grant holds. */
export const trustTxtLengthMax = 500 * 1024;
/** Statements of the attribute that are looked at; there may be one. */
export const trustTxtStatementsMax = 100;

/** One trust.txt as it was found. */
export interface TrustTxtFile {
  body: string;
  /** `https://example.com/trust.txt` or `https://example.com/.well-known/trust.txt`. */
  where: string;
}

export interface TrustTxtReading extends SignalReading {
  /** Whether every file states the attribute once with yes or no, or not at all. */
  valid: boolean;
}

interface FileReading {
  statements: { preference: 'allow' | 'disallow' | null; line: number; quote: string; slip: Slip | null }[];
  valid: boolean;
}

/**
 * The attribute `datatrainingallowed` of trust.txt (JournalList reference document, 4 April 2024): `yes` or `no`,
 * once, for the whole site. Both places are read; one `no` is enough, and a file that states it wrongly, or differs
 * from the other, grants nothing. Never throws.
 */
export function readTrustTxt(
  files: readonly TrustTxtFile[],
  context: Omit<SignalContext, 'where'>,
): TrustTxtReading {
  const read = files.map((file) => ({ where: file.where, ...readFile(file.body) }));
  const valid = read.every((file) => file.valid);
  const reading: TrustTxtReading = { evidence: [], warnings: [], valid };
  for (const { where, statements } of read) {
    for (const { preference, line, quote, slip } of statements) {
      const place = { where: `${where}, line ${line}`, observedAt: context.observedAt };
      if (preference === 'disallow' || (preference === 'allow' && valid)) {
        reading.evidence.push(
          evidenceOf(place, { source: 'trust.txt', usage: 'train-ai', preference, quote }),
        );
      }
      if (slip !== null) reading.warnings.push(warningOf(place.where, quote, slip));
    }
  }
  const said = new Set(reading.evidence.map(({ preference }) => preference));
  if (said.size > 1) {
    const [first] = read;
    const message = 'the two trust.txt files disagree, so the refusal counts';
    reading.warnings.push(
      warningOf(first?.where ?? '', 'datatrainingallowed', { message, fix: 'make them say the same' }),
    );
  }
  return { ...reading, warnings: reading.warnings.slice(0, signalWarningsMax) };
}

/** The name in any case and with or without the separators people put into it, and what follows it. */
const looksMeant = /^\s*(data[\s_-]*training(?:[\s_-]*allowed)?|training[\s_-]*allowed)\s*([=:]?)\s*(.*)$/i;

/** Lines that begin like it; only they are looked at closely. */
const likeTheAttribute = /^\ufeff?[ \t]{0,100}(?:data|training)[^\r\n]{0,1000}/gim;

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || (code === 0x0d && text.charCodeAt(at + 1) !== 0x0a)) count++;
  }
  return count;
}

function readFile(body: string): FileReading {
  const empty: FileReading = { statements: [], valid: true };
  if (/^\s*<(?:!doctype|html|head|body|\?xml)/i.test(body.slice(0, 200))) return empty;
  const text = body.slice(0, trustTxtLengthMax);
  const statements: FileReading['statements'] = [];
  let line = 1;
  let counted = 0;
  for (const { 0: found, index } of text.matchAll(likeTheAttribute)) {
    const statement = statementOf(found);
    if (statement === null) continue;
    if (statements.length >= trustTxtStatementsMax) return { statements, valid: false };
    line += lineEnds(text, counted, index);
    counted = index;
    statements.push({ ...statement, line });
  }
  const stated = statements.filter(({ quote }) => isAttribute(quote));
  const [, second] = stated;
  if (second) {
    second.slip = {
      message: 'the attribute may be stated once; a `no` counts, a repeated `yes` does not',
      fix: 'keep one line',
    };
  }
  const whole = body.length <= trustTxtLengthMax;
  return { statements, valid: whole && !second && stated.every(({ preference }) => preference !== null) };
}

function isAttribute(quote: string): boolean {
  return /^datatrainingallowed/i.test(quote);
}

function statementOf(text: string): Omit<FileReading['statements'][number], 'line'> | null {
  const match = looksMeant.exec(text);
  if (match === null) return null;
  const [, name = '', sign, rest = ''] = match;
  const attribute = name.toLowerCase() === 'datatrainingallowed';
  if (sign === '' && !attribute) return null;
  const quote = text.trim();
  const value = (rest.split('#', 1)[0] ?? '').trim();
  const meant = /^["']?(?:yes|y|true|1|allow|allowed)["']?;?$/i.test(value) ? 'yes' : 'no';
  const fix = `write \`datatrainingallowed=${meant}\``;
  if (!attribute || sign !== '=') {
    const message =
      sign === '='
        ? `the attribute is datatrainingallowed, so "${name}" says nothing`
        : 'this says nothing: the sign is "="';
    return { preference: null, quote, slip: { message, fix } };
  }
  if (/^no$/i.test(value)) return { preference: 'disallow', quote, slip: null };
  // A grant only as the reference document writes it: no spaces around the sign.
  if (/^\s*datatrainingallowed=yes\s*(?:#.*)?$/i.test(text))
    return { preference: 'allow', quote, slip: null };
  const message = /^yes$/i.test(value)
    ? 'spaces around "=" leave this unclear, so it grants nothing'
    : 'this says nothing: the value is yes or no';
  return { preference: null, quote, slip: { message, fix } };
}
