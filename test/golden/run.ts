import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import { check } from '../../src/actions/check.ts';
import { resolveAgent } from '../../src/consent/agent.ts';
import { csvLines, readCsv } from '../../src/datasets/csv.ts';
import type { CheckItem, DecisionView } from '../../src/http/schemas.ts';
import { makeSnapshot } from '../../src/make-snapshot.ts';
import { snapshotDeps } from '../../src/snapshots/answering.ts';
import { openSnapshot, sizeToOpen } from '../../src/snapshots/open.ts';
import { snapshotFolder } from '../../src/snapshots/pulled-folder.ts';
import { run } from '../cli/run.ts';
import { registryIn, type SampleRegistry } from '../snapshots/registry-in.ts';
import { type Answer, type Answers, type Ask, answerColumns, answerOf, answersOf, asked } from './answers.ts';
import { goldenRecords } from './records.ts';
import { type GoldenRow, goldenRows } from './rows.ts';
import { answersBySql } from './sql.ts';
import { fileNames, writeDataset, writeTar } from './write.ts';

/** The corpus in a folder, with everything that can answer for it. */
export interface Golden {
  folder: string;
  rows: GoldenRow[];
  /** The pulled snapshot, for `--snapshot`. */
  snapshot: string;
  /** What `POST /v1/check` of the service over its SQLite file answers. */
  askServer: Ask;
  /** What `check` answers over the opened snapshot. */
  askSnapshot: Ask;
  bySql(): Promise<Answers>;
  /** The pictures of the tar in their order, as `pixels` with the digests of their files. */
  pictures(ask: Ask): Promise<Answers>;
  close(): Promise<void>;
}

/**
 * Makes the corpus: the dataset in every format, the pictures, the registry and a snapshot pulled from it. Datasets and
 * answers are the same every time; the keys and times of the log are not, and nothing that is answered knows them.
 *
 * @param folder is made where it is not there; what an earlier run left in it goes.
 */
export async function goldenRun(folder: string): Promise<Golden> {
  mkdirSync(folder, { recursive: true });
  const [data, snapshot] = [join(folder, 'registry'), join(folder, 'snapshot')];
  for (const path of [data, snapshot]) rmSync(path, { recursive: true, force: true });
  mkdirSync(data);
  const records = goldenRecords();
  const rows = [...goldenRows(records)];
  await writeDataset(folder, rows);
  const members = await writeTar(folder);
  const registry = await registryIn(data);
  for (const { record } of records) await registry.put(record);
  for (const { later } of records) if (later !== null) await registry.put(later.record, later.event);
  await registry.sequence();
  await pullInto(registry, snapshot);
  askNoSites(registry);
  const opened = await openSnapshot(snapshot);
  return {
    folder,
    rows,
    snapshot,
    askServer: async (items) => {
      const body = JSON.stringify({ ...asked, items });
      const headers = { 'content-type': 'application/json' };
      const answer = await registry.service.app.request(
        '/v1/check',
        { method: 'POST', headers, body },
        local,
      );
      if (answer.status !== 200)
        throw new Error(`the server answers ${answer.status}: ${await answer.text()}`);
      return ((await answer.json()) as { decisions: DecisionView[] }).decisions;
    },
    askSnapshot: (items) =>
      check(snapshotDeps(opened, { clock: Date.now }), {
        ...{ items, usage: asked.usage, agent: resolveAgent(asked.agent) },
        ...{ signals: 'cached', consumer: '' },
      }),
    bySql: async () => {
      const files = snapshotFolder(snapshot, await sizeToOpen(snapshot, undefined));
      return answersBySql(folder, files, resolveAgent(asked.agent).operator ?? '');
    },
    async pictures(ask) {
      const { decoder } = registry.service.deps;
      if (decoder === null) throw new Error('pictures cannot be read here');
      const items: CheckItem[] = [];
      for (const { bytes } of members) {
        const { work, pixels } = await decoder.fingerprint(new Uint8Array(bytes));
        items.push({ sha256: work.sha256, ...(work.md5 === undefined ? {} : { md5: work.md5 }), pixels });
      }
      const decisions = await ask(items);
      const answers = decisions.map((decision, at) => answerOf(at + 1, members[at]?.key ?? '', decision));
      return new Map(answers.flatMap((answer, at) => (answer === null ? [] : [[at + 1, answer]])));
    },
    async close() {
      await opened.close();
      await registry.close();
    },
  };
}

/** What a request made in this process has for a connection. */
const local = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };

/** What sites say is no part of the corpus: nothing of it is known, and nothing is fetched. */
function askNoSites({ service }: SampleRegistry): void {
  const later = async () => ({ state: 'queued' as const, retryAfterS: 60, stale: null });
  Object.assign(service.deps.signals, { get: later, document: later });
}

async function pullInto(registry: SampleRegistry, folder: string): Promise<void> {
  await makeSnapshot(registry.config);
  await registry.sequence();
  const server = createServer(getRequestListener(registry.service.app.fetch));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await run(['snapshot', 'pull', url, folder, '--retry-for', '0']);
    if (code !== 0) throw new Error(`the snapshot could not be pulled: ${stderr}`);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

/** What was answered once and is kept with the tests, by the name of what it is of. */
const keptFile = (of: keyof typeof keptNames): string =>
  join(import.meta.dirname, `${keptNames[of]}.csv.zst`);
const keptNames = { dataset: 'decisions', pictures: 'picture-decisions' } as const;

export async function keptAnswers(of: keyof typeof keptNames): Promise<Answers> {
  return readAnswers(zstdDecompressSync(readFileSync(keptFile(of))));
}

export function keepAnswers(of: keyof typeof keptNames, answers: Answers): void {
  writeFileSync(keptFile(of), zstdCompressSync(csvOf(answers), { params: { [compressionLevel]: 19 } }));
}

/** `ZSTD_c_compressionLevel` of zstd.h. */
const compressionLevel = 100;

export function csvOf(answers: Answers): string {
  const lines = [...answers.values()].map((answer) => answerColumns.map((column) => answer[column]));
  return csvLines([answerColumns, ...lines]);
}

/** Reads the decisions of any engine: CSV with a header that names at least the columns of an answer. */
export async function readAnswers(csv: Buffer): Promise<Answers> {
  const answers: Answers = new Map();
  let header: readonly string[] = [];
  const source = (async function* () {
    yield csv;
  })();
  for await (const event of readCsv(source, { delimiter: ',', quote: '"' })) {
    if (event.kind === 'broken') throw new Error(`line ${event.line} ${event.why}`);
    if (event.kind === 'header') header = event.columns;
    else {
      const cells = event.cells as readonly string[];
      const cellOf = (column: string) => [column, cells[header.indexOf(column)] ?? ''];
      const answer = Object.fromEntries(answerColumns.map(cellOf)) as Answer;
      answers.set(Number(answer.row), answer);
    }
  }
  return answers;
}

/** Makes the corpus for other engines, with the answers that they must give. */
async function main([folder, ...options]: readonly string[]): Promise<void> {
  const keeps = options.length === 1 && options[0] === '--keep-answers';
  if (folder === undefined || folder.startsWith('-') || (options.length > 0 && !keeps)) {
    process.stderr.write('usage: npm run golden -- DIR [--keep-answers]\n');
    process.exitCode = 2;
    return;
  }
  const golden = await goldenRun(folder);
  try {
    const answers = await answersOf(golden.rows, golden.askSnapshot);
    const pictures = await golden.pictures(golden.askSnapshot);
    writeFileSync(join(folder, 'decisions.csv'), csvOf(answers));
    writeFileSync(join(folder, 'picture-decisions.csv'), csvOf(pictures));
    if (keeps) {
      keepAnswers('dataset', answers);
      keepAnswers('pictures', pictures);
    }
    const { parquet, csv, jsonl, keys, tar } = fileNames;
    process.stdout.write(
      `${folder}: ${golden.rows.length} rows in ${parquet}, ${csv} and ${jsonl}, keys of unclean URLs in ${keys},\n` +
        `pictures in ${tar}, a snapshot in snapshot, and decisions.csv for ${answers.size} rows,\n` +
        `picture-decisions.csv for ${pictures.size}: agent ${asked.agent}, usage ${asked.usage}, sites not asked\n`,
    );
  } finally {
    await golden.close();
  }
}

if (import.meta.main) await main(process.argv.slice(2));
