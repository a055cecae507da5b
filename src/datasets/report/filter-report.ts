import { AppError } from '../../errors.ts';
import { toHex, toUtf8 } from '../../log/encoding.ts';
import { sha256 } from '../../log/hash.ts';
import {
  canonicalText,
  fromLines,
  hasFields,
  isObject,
  type JsonObject,
  parseJsonFile,
  plainText,
  toLines,
} from '../../log/json-text.ts';
import { openNote, signNote } from '../../log/note.ts';
import { type NoteKey, type NoteSigner, parseVerifierKey } from '../../log/note-key.ts';
import { ReportContent, signalsSentence } from './content.ts';

export const reportFormat = 'withhold-filter-report/1';
/** Name of the report in the folder of its run. */
export const reportName = 'report.json';
/** Longest report read. */
export const reportCharsMax = 64 * 1024 * 1024;

/** A report whose signature holds. */
export interface VerifiedReport {
  content: ReportContent;
  /** The key that signed it, named in it. */
  builder: NoteKey;
  /** Whether that key is one of those that were believed; false proves that one key signed it, and not whose. */
  isKnown: boolean;
  /** `sha256:` of the report's bytes, by which others name it. */
  digest: string;
}

function refuse(message: string, cause?: unknown): never {
  throw new AppError('invalid', message, { cause });
}

/** What is signed: a few lines a person can read, and one digest that holds everything else to them. */
function statementText(content: ReportContent): string {
  const { tally, source } = content;
  const lines = [
    reportFormat,
    `builder ${content.builder}`,
    `dataset ${JSON.stringify(content.dataset)}`,
    `finished ${content.finished}`,
    signalsSentence(content.signals, source),
    source.kind === 'snapshot'
      ? `snapshot of ${JSON.stringify(source.origin)} at ${source.size}, root ${source.root}`
      : `answers of ${JSON.stringify(source.url)}`,
    `rows ${tally.rows}, dropped ${tally.outcomes.dropped ?? 0}`,
    `content sha256:${toHex(sha256(toUtf8(canonicalText(content))))}`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Makes the report of a run.
 *
 * @param content everything but the builder, who is named by the signing key.
 * @returns the text of `report.json`.
 * @throws AppError `invalid` for content that `verifyReport` would refuse.
 */
export async function makeReport(
  content: Omit<ReportContent, 'builder'>,
  signer: NoteSigner,
): Promise<string> {
  const whole = { ...content, builder: signer.key.vkey };
  const statement = await signNote(statementText(whole), [signer]);
  const text = formatReport({ content: whole, statement });
  await verifyReport(text, [signer.key]);
  return text;
}

interface ReportFile {
  content: ReportContent;
  statement: string;
}

function formatReport({ content, statement }: ReportFile): string {
  const plain: JsonObject = JSON.parse(canonicalText(content));
  return `${JSON.stringify({ format: reportFormat, statement: toLines(statement), content: plain }, null, 2)}\n`;
}

function parseReport(text: string): ReportFile {
  const value = parseJsonFile(text, reportCharsMax);
  if (value.format !== reportFormat || !hasFields(value, ['format', 'statement', 'content'])) {
    refuse('This is not a report of a filter run.');
  }
  const statement = fromLines(value.statement);
  if (statement === null) refuse('The report is not signed.');
  const read = ReportContent.safeParse(value.content);
  if (!read.success) {
    const [issue] = read.error.issues;
    refuse(`The report says something no report says: ${issue?.path.join('.')}.`, read.error);
  }
  const file = { content: read.data, statement };
  if (formatReport(file) !== plainText(text)) refuse('This report was changed after it was written.');
  return file;
}

/**
 * Holds a report to the key it names, and that to the keys one believes.
 *
 * @param text the file as it was received.
 * @param builders keys of the builders one believes.
 * @throws AppError `invalid` for anything that is not a report signed so, `too-large` above `reportCharsMax`.
 */
export async function verifyReport(text: string, builders: readonly NoteKey[]): Promise<VerifiedReport> {
  const { content, statement } = parseReport(text);
  const builder = parseVerifierKey(content.builder);
  const opened = await openNote(statement, [builder]);
  if (opened.text !== statementText(content)) refuse('The report is not what was signed.');
  return {
    content,
    builder,
    isKnown: builders.some(({ vkey }) => vkey === builder.vkey),
    digest: `sha256:${toHex(sha256(toUtf8(plainText(text))))}`,
  };
}

/** Whether a file is such a report, by what it calls itself. */
export function isFilterReport(text: string): boolean {
  try {
    const value = parseJsonFile(text, reportCharsMax);
    return isObject(value) && value.format === reportFormat;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
