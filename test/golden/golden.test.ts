import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trustLevels } from '../../src/consent/evidence.ts';
import { isClean } from '../../src/opt-outs/clean-url.ts';
import { urlKey } from '../../src/opt-outs/url-key.ts';
import { withDuckDb } from '../../src/snapshots/parquet-rows.ts';
import { run } from '../cli/run.ts';
import { type Answer, type Answers, answersOf, asked, differences } from './answers.ts';
import { goldenRecords } from './records.ts';
import { csvOf, type Golden, goldenRun, keptAnswers, readAnswers } from './run.ts';
import { fileNames, textOf, writeDataset } from './write.ts';

// After a change that is meant to change answers: npm run golden -- DIR --keep-answers, and read what changed.

let folder: string;
let golden: Golden;
let kept: Answers;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-golden-'));
  golden = await goldenRun(join(folder, 'corpus'));
  kept = await keptAnswers('dataset');
}, 300_000);

afterAll(async () => {
  await golden?.close();
  rmSync(folder, { recursive: true, force: true });
});

const digestOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const rowOf = (row: number) => JSON.stringify(golden.rows[row - 1])?.slice(0, 400) ?? '';

describe('the golden corpus', () => {
  test('is the same every time', async () => {
    const corpus = (name: string) => join(folder, 'corpus', name);
    expect(digestOf(corpus(fileNames.csv))).toBe(
      '8614113ea520e8b706c8a118840e2520ac099174d77e7a4cf622eaad447679fc',
    );
    expect(digestOf(corpus(fileNames.jsonl))).toBe(
      'fed00dea1b1d45b9c6945af6e77688aa1317ab4c7193c9079bff20eb67340caf',
    );
    const again = join(folder, 'again');
    mkdirSync(again);
    await writeDataset(again, golden.rows);
    for (const name of [fileNames.parquet, fileNames.keys]) {
      expect([name, digestOf(join(again, name))]).toEqual([name, digestOf(corpus(name))]);
    }
  });

  test('has every kind of record with every trust, refusing, allowing and silent', () => {
    const said = new Set(
      goldenRecords().map(({ record: { kind, trust, usages } }) =>
        [kind, trust, usages['train-ai'] ?? 'silent'].join(' '),
      ),
    );
    for (const kind of ['domain', 'prefix', 'url', 'work', 'name']) {
      for (const trust of trustLevels) {
        for (const preference of ['disallow', 'allow', 'silent']) {
          expect(said).toContain(`${kind} ${trust} ${preference}`);
        }
      }
    }
  });

  test('has rows of every outcome, found by every column', () => {
    expect(golden.rows.length).toBeGreaterThan(100_000);
    const found = new Set(
      [...kept.values()].map(({ verdict, act, column }) => `${verdict} ${act} ${column}`.trim()),
    );
    const byHash = ['sha256', 'md5', 'pdq'];
    for (const column of ['url', 'page_url', ...byHash]) {
      expect(found).toContain(`disallow stop ${column}`);
      expect(found).toContain(`allow proceed ${column}`);
    }
    for (const column of ['url', 'page_url', 'pdq']) {
      expect(found).toContain(`unknown review ${column}`);
      expect(found).toContain(`allow review ${column}`);
    }
    expect(found).toContain('bad');
    expect(found).toContain('unknown proceed');
    expect(kept.size).toBeLessThan(golden.rows.length * 0.6);
  });
});

/** What `withhold filter` says of a file of the corpus; rows that nobody speaks of are left out. */
async function answersOfRun(name: string, ...options: string[]): Promise<Answers> {
  const out = join(folder, `run-${name.replaceAll('.', '-')}`);
  const { code, stderr } = await run(
    [
      ...['filter', join(golden.folder, name), '--snapshot', golden.snapshot, '--out', out],
      ...['--agent', asked.agent, '--list-all', '--max-hits-per-record', '999999999', ...options],
    ],
    { env: { WITHHOLD_BUILDER_KEY: join(folder, 'builder-key') } },
  );
  expect([code <= 1, code <= 1 ? '' : stderr]).toEqual([true, '']);
  const all = await readAnswers(readFileSync(join(out, 'decisions.csv')));
  const spoken = name === fileNames.tar ? await keptAnswers('pictures') : kept;
  for (const [row, { verdict, act, reason }] of all) {
    const expected = spoken.get(row);
    // JSON has to be UTF-8, so of such a row nothing is known, not even its id.
    const isNoText = reason === 'is not UTF-8' && expected?.verdict === 'bad';
    if (isNoText && name === fileNames.jsonl) all.set(row, expected as Answer);
    if (!spoken.has(row) && verdict === 'unknown' && act === 'proceed') all.delete(row);
  }
  return all;
}

describe('answers to the golden corpus as they are kept', () => {
  test('come from the slow path over an opened snapshot', async () => {
    const given = await answersOf(golden.rows, golden.askSnapshot);
    expect(differences(kept, given, rowOf)).toBe('');
  });

  test('come from a server over its database', async () => {
    const given = await answersOf(golden.rows, golden.askServer);
    expect(differences(kept, given, rowOf)).toBe('');
  });

  test('come from DuckDB SQL', async () => {
    expect(differences(kept, await golden.bySql(), rowOf)).toBe('');
  });

  test.each(['parquet', 'csv', 'jsonl'] as const)(
    'come from a run of the filter over %s',
    async (format) => {
      const given = await answersOfRun(fileNames[format], '--id-column', 'id', '--threads', '2');
      expect(differences(kept, given, rowOf)).toBe('');
    },
    120_000,
  );

  test('come from a run of the filter over the pictures of the tar', async () => {
    const given = await answersOfRun(fileNames.tar, '--pixels', '--threads', '1');
    expect(differences(await keptAnswers('pictures'), given)).toBe('');
  }, 120_000);

  test('come for the pictures of the tar from both', async () => {
    const pictures = await keptAnswers('pictures');
    expect(new Set([...pictures.values()].map(({ act }) => act))).toEqual(
      new Set(['proceed', 'review', 'stop']),
    );
    expect(differences(pictures, await golden.pictures(golden.askSnapshot))).toBe('');
    expect(differences(pictures, await golden.pictures(golden.askServer))).toBe('');
  });

  test('are read as they are written, and a difference is told with its row', async () => {
    expect(differences(kept, await readAnswers(Buffer.from(csvOf(kept))))).toBe('');
    const [[row, answer] = []] = kept;
    const changed = new Map(kept);
    changed.delete(row as number);
    changed.set(1e9, { ...(answer as NonNullable<typeof answer>), row: '1000000000' });
    const told = differences(kept, changed, (at) => `(${at === row ? 'gone' : 'new'})`);
    expect(told).toContain('2 rows differ');
    expect(told).toContain(`row ${row} (gone)\n  expected ${row} | ${answer?.id}`);
    expect(told).toContain('given    nothing\nrow 1000000000 (new)\n  expected nothing');
  });
});

test('SQL takes the same URLs for clean as we do, and makes the same keys of them', async () => {
  const cells = golden.rows.flatMap(({ url, page_url }) => [textOf(url), textOf(page_url)]);
  const urls = [...new Set(cells)].filter((url) => url !== null && !url.includes('\u0000')) as string[];
  const path = join(folder, 'urls.jsonl');
  writeFileSync(path, urls.map((url, at) => `${JSON.stringify({ at, url })}\n`).join(''));
  const keys = readFileSync(join(import.meta.dirname, '../../integrations/sql/duckdb/keys.sql'), 'utf8');
  const rows = await withDuckDb(async (connection) => {
    await connection.run(keys);
    const found = await connection.runAndReadAll(
      `SELECT "at"::INTEGER AS "at", surt(url) AS surt, host_surt(url) AS host
       FROM read_json('${path}', format = 'newline_delimited', columns = {'at': 'BIGINT', 'url': 'VARCHAR'})
       WHERE is_clean(url) ORDER BY "at"`,
    );
    return found.getRowObjectsJS();
  });
  const expected = urls.flatMap((url, at) => {
    const key = isClean(url) ? urlKey(url) : null;
    return key === null ? [] : [{ at, surt: key.surt, host: key.hostSurt }];
  });
  expect(expected.length).toBeGreaterThan(10_000);
  expect(rows).toEqual(expected);
});
