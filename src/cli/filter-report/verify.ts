import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportContent } from '../../datasets/report/content.ts';
import { type VerifiedReport, verifyReport } from '../../datasets/report/filter-report.ts';
import { AppError } from '../../errors.ts';
import type { LogPolicy } from '../../log/log-policy.ts';
import type { NoteKey } from '../../log/note-key.ts';
import { manifestCharsMax, manifestName, verifyManifest } from '../../log/snapshot-manifest.ts';

/** What a file of the run came to when it was looked for beside the report. */
export interface FileVerdict {
  name: string;
  is: 'input' | 'output';
  /** `undigested`: the report has no digest of it; `absent`: it does not lie here. */
  found: 'same' | 'different' | 'absent' | 'undigested';
}

export interface ReportVerdict {
  /** Signed by a builder one believes, and nothing that lies here is different. */
  ok: boolean;
  /** Null unless the signature holds. */
  report: VerifiedReport | null;
  files: FileVerdict[];
  /** Whether the manifest beside it is the snapshot's, and signed by a registry one believes; null where none lies. */
  snapshot: 'proven' | 'same, but of a registry you did not name' | 'different' | null;
  failures: { code: 'format' | 'builder' | 'file' | 'snapshot'; message: string }[];
}

/** Whom to believe. */
export interface Believed {
  builders: readonly NoteKey[];
  policy: LogPolicy;
}

/**
 * Holds a report to the builders one believes, and the files of the run that lie beside it to the report.
 * @param folder where the report lies.
 */
export async function verifyReportBeside(
  text: string,
  folder: string,
  { builders, policy }: Believed,
): Promise<ReportVerdict> {
  let report: VerifiedReport;
  try {
    report = await verifyReport(text, builders);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const failures = [{ code: 'format' as const, message: error.message }];
    return { ok: false, report: null, files: [], snapshot: null, failures };
  }
  const { inputs, outputs } = report.content;
  const files: FileVerdict[] = [];
  for (const file of outputs) files.push(await verdictOf(folder, file, 'output'));
  for (const file of inputs) files.push(await verdictOf(folder, file, 'input'));
  const snapshot = await snapshotVerdict(folder, report.content.source, policy);
  const failures: ReportVerdict['failures'] = files
    .filter(({ found }) => found === 'different')
    .map(({ name }) => ({ code: 'file', message: `${name} is not the file the report speaks of.` }));
  if (snapshot === 'different') {
    failures.push({ code: 'snapshot', message: `${manifestName} is not of the snapshot the report names.` });
  }
  if (!report.isKnown) {
    failures.unshift({ code: 'builder', message: 'The key that signed it is none that you named.' });
  }
  return { ok: failures.length === 0, report, files, snapshot, failures };
}

async function verdictOf(
  folder: string,
  file: { name: string; bytes: number | null; sha256: string | null },
  is: FileVerdict['is'],
): Promise<FileVerdict> {
  const { name, bytes, sha256 } = file;
  const path = pathBeside(folder, name, is);
  const facts = path === null ? null : await stat(path).catch(() => null);
  if (path === null || facts === null || !facts.isFile()) return { name, is, found: 'absent' };
  if (bytes !== null && facts.size !== bytes) return { name, is, found: 'different' };
  if (sha256 === null) return { name, is, found: 'undigested' };
  return { name, is, found: (await digestOf(path)) === sha256 ? 'same' : 'different' };
}

/** A path a report may lead to: an output below the folder, an input by its name alone. Null for anything else. */
function pathBeside(folder: string, name: string, is: FileVerdict['is']): string | null {
  const parts = name.split(/[/\\]/);
  const used = is === 'input' ? parts.slice(-1) : parts;
  const isPlain = used.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
  return isPlain && used.length <= 4 && !/^[a-z]:$/i.test(used[0] ?? '') ? join(folder, ...used) : null;
}

/** @returns SHA-256 of a file, in lower-case hex. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(part as Buffer);
  return hash.digest('hex');
}

async function snapshotVerdict(
  folder: string,
  source: ReportContent['source'],
  policy: LogPolicy,
): Promise<ReportVerdict['snapshot']> {
  if (source.kind !== 'snapshot') return null;
  const path = join(folder, manifestName);
  const facts = await stat(path).catch(() => null);
  if (facts === null || !facts.isFile()) return null;
  if (facts.size > manifestCharsMax || `sha256:${await digestOf(path)}` !== source.manifest)
    return 'different';
  const handle = await open(path);
  try {
    const { content, checkpoint } = await verifyManifest(await handle.readFile('utf8'), policy);
    const isNamed = checkpoint.origin === source.origin && content.size === source.snapshotSize;
    return isNamed ? 'proven' : 'different';
  } catch (error) {
    if (error instanceof AppError) return 'same, but of a registry you did not name';
    throw error;
  } finally {
    await handle.close();
  }
}
