import { deepEqual, equal, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pendingEvents } from '../../db/log-events.ts';
import { publishedText, readLeaves, readPublished, readTileOf } from '../../src/actions/sequence.ts';
import type { ConsentLog } from '../../src/deps.ts';
import { append, emptyFrontier, frontierRoot } from '../../src/log/append.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { appendEntries } from '../../src/log/entry-bundle.ts';
import { leafHash } from '../../src/log/hash.ts';
import { leafBytes } from '../../src/log/leaf.ts';
import { formatProof } from '../../src/log/proof.ts';
import { tilePath, tilesOfSize } from '../../src/log/tile-path.ts';
import { readInclusionProof } from '../../src/log/tile-proofs.ts';
import { type Lie, standBetween } from './between.ts';
import { type Case, type Check, runCases } from './cases.ts';
import { lastLine, runCommand } from './command.ts';
import { type Registry, startRegistry } from './registry.ts';

const buildTimeoutMs = 180_000;
const runTimeoutMs = 60_000;
const publishedWithinMs = 10_000;
const pollMs = 50;
const subjects = 700;

interface Question {
  base?: string;
  earlier?: string;
  proofs?: { entry: string; text: string }[];
}

interface Answer {
  checkpoint: string;
  size: number;
  entries: number;
  tiles: number;
  inclusions: number;
  proofs: number;
  consistent: boolean;
}

/** @returns what the Go program verified. @throws with its words when it refuses. */
type Verify = (question: Question) => Promise<Answer>;

/** Public Go libraries for notes, trees, policies, tiles and proofs read the log of a running service. */
export const goLog: Check = {
  tool: 'golang.org/x/mod/sumdb with filippo.io/torchwood',
  async run(folder) {
    const program = join(folder, 'verify');
    const source = fileURLToPath(new URL('./go', import.meta.url));
    // GOTOOLCHAIN: a Go that is too old says so, rather than downloading another.
    const built = await runCommand('go', ['build', '-C', source, '-o', program, '.'], {
      env: { GOTOOLCHAIN: 'local' },
      timeoutMs: buildTimeoutMs,
    }).catch(() => undefined);
    if (built === undefined) return { missing: 'there is no go' };
    if (built.code !== 0) return { missing: `go build does not work: ${lastLine(built.stderr)}` };
    const registry = await startRegistry();
    try {
      return await runCases(await casesOf(registry, program));
    } finally {
      await registry.close();
    }
  },
};

async function casesOf(registry: Registry, program: string): Promise<Case[]> {
  await grow(registry, 'first', subjects);
  const log = registry.deps.consentLog;
  const policy = await (await fetch(`${registry.url}/log/policy`)).text();
  const vkey = log.signers[0]?.key.vkey;
  const base = `${registry.url}/log`;
  const verify: Verify = async (question) => {
    const input = JSON.stringify({ policy, vkey, ...question });
    const { code, stdout, stderr } = await runCommand(program, [], { input, timeoutMs: runTimeoutMs });
    if (code !== 0) throw new Error(`refused: ${stderr.trim()}`);
    return JSON.parse(stdout) as Answer;
  };
  const first = (await publishedText(log)) ?? '';
  return [
    [
      'policy, signature, every entry and tile, the root, and inclusion of six entries',
      async () => {
        const { checkpoint, size, entries, tiles, inclusions } = await verify({ base });
        equal(checkpoint, first);
        equal(size > subjects, true, `only ${size} entries`);
        deepEqual([entries, tiles, inclusions], [size, [...tilesOfSize(size)].length, 6]);
      },
    ],
    [
      'the log that has grown begins with the log as it was',
      async () => {
        await grow(registry, 'second', 61);
        const { checkpoint, consistent } = await verify({ base, earlier: first });
        deepEqual([checkpoint === first, consistent], [false, true]);
      },
    ],
    ['our tlog-proofs prove their leaves', () => proofsHold(log, verify)],
    ['a tlog-proof with one character changed is refused', () => changedProofsFail(log, verify)],
    ...lies(first).map(
      ([name, refusal, lie]): Case => [`refused: ${name}`, () => isSeen(registry, verify, lie, refusal)],
    ),
    [
      'refused: another history signed by the same key',
      async () => {
        const forked = await fork(log);
        const earlier = (await publishedText(log)) ?? '';
        // By itself it is a sound log; only who saw the other one can tell.
        const between = await standBetween(registry.url, (path) => forked.get(path) ?? null);
        try {
          const { entries } = await verify({ base: `${between.origin}/log` });
          equal(entries > subjects, true);
          await rejects(verify({ base: `${between.origin}/log`, earlier }), /consistency/);
        } finally {
          await between.close();
        }
      },
    ],
  ];
}

/** Lets the log grow by an opt-out of that many addresses, and waits until all of it is published. */
async function grow(registry: Registry, name: string, count: number): Promise<void> {
  const url = (n: number) => ({ kind: 'url', value: `https://studio-heron.com/${name}/${n}.jpg` });
  await registry.optOut(Array.from({ length: count }, (_none, n) => url(n)));
  for (let waited = 0; (await pendingEvents(registry.deps.database, 1)).length > 0; waited += pollMs) {
    if (waited > publishedWithinMs) throw new Error('the log does not grow');
    await setTimeout(pollMs);
  }
}

async function proofAt(log: ConsentLog, index: number): Promise<{ entry: string; text: string }> {
  const { size } = (await readPublished(log)) ?? { size: 0n };
  const [found] = await readLeaves(log, index, Number(size));
  if (found === undefined) throw new Error(`there is no leaf ${index}`);
  const hashes = await readInclusionProof(index, size, readTileOf(log));
  const checkpoint = (await publishedText(log)) ?? '';
  return {
    entry: Buffer.from(leafBytes(found.leaf)).toString('base64'),
    text: formatProof({ extra: null, index: BigInt(index), hashes, checkpoint }),
  };
}

async function proofsHold(log: ConsentLog, verify: Verify): Promise<void> {
  const { size } = (await readPublished(log)) ?? { size: 0n };
  const last = Number(size) - 1;
  const indexes = [0, 1, 255, 256, 511, 512, 600, last - 1, last];
  const proofs = await Promise.all(indexes.map((index) => proofAt(log, index)));
  deepEqual((await verify({ proofs })).proofs, indexes.length);
}

async function changedProofsFail(log: ConsentLog, verify: Verify): Promise<void> {
  const { entry, text } = await proofAt(log, 300);
  const [, index = '', firstHash = ''] = text.split('\n');
  const changes: [string, string][] = [
    [index, 'index 301'],
    [firstHash, flipCharacter(firstHash, 5)],
    [`${firstHash}\n`, ''],
    [`${firstHash}\n`, `${firstHash}\n${firstHash}\n`],
    ['\n\n', '\n'],
    [text.slice(-20, -10), flipCharacter(text.slice(-20, -10), 3)],
  ];
  for (const [from, to] of changes) {
    await rejects(
      verify({ proofs: [{ entry, text: text.replace(from, to) }] }),
      /proof 0/,
      `${from} → ${to}`,
    );
  }
  const other = await proofAt(log, 301);
  await rejects(verify({ proofs: [{ entry: other.entry, text }] }), /proof 0/);
}

/** What a liar in between could answer, and the part of the program that has to see it. */
function lies(first: string): (readonly [name: string, refusal: RegExp, lie: Lie])[] {
  const only =
    (wanted: RegExp, change: (bytes: Uint8Array) => Uint8Array | null): Lie =>
    (path, bytes) =>
      wanted.test(path) ? change(bytes) : bytes;
  const checkpointLine = (at: number) =>
    only(/checkpoint$/, (bytes) => {
      const lines = Buffer.from(bytes).toString().split('\n');
      lines[at] = flipCharacter(lines[at] ?? '', (lines[at] ?? '').length >> 1);
      return Buffer.from(lines.join('\n'));
    });
  const bit = (bytes: Uint8Array) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1);
  return [
    ['a checkpoint of another origin', /checkpoint/, checkpointLine(0)],
    ['a checkpoint of another size', /checkpoint/, checkpointLine(1)],
    ['a checkpoint of another root', /checkpoint/, checkpointLine(2)],
    ['a checkpoint with another signature', /checkpoint/, checkpointLine(4)],
    ['no checkpoint', /404/, only(/checkpoint$/, () => null)],
    ['an older checkpoint', /shrank/, only(/checkpoint$/, () => Buffer.from(first))],
    ['one bit of a full tile', /inconsistent|mismatch/, only(/tile\/0\/001$/, bit)],
    ['one bit of a partial tile', /inconsistent|tile|consistency/, only(/tile\/0\/\d+\.p\//, bit)],
    ['one bit of a tile above', /inconsistent|tile|consistency/, only(/tile\/1\//, bit)],
    ['one bit of the entries', /entr|inclusion/, only(/tile\/entries\/001$/, bit)],
    ['entries cut short', /entr|inclusion/, only(/tile\/entries\/001$/, (bytes) => bytes.slice(0, -1))],
    ['a tile that is not there', /404/, only(/tile\/0\/000$/, () => null)],
  ];
}

async function isSeen(registry: Registry, verify: Verify, lie: Lie, refusal: RegExp): Promise<void> {
  const earlier = (await publishedText(registry.deps.consentLog)) ?? '';
  const between = await standBetween(registry.url, lie);
  try {
    await rejects(verify({ base: `${between.origin}/log`, earlier }), refusal);
  } finally {
    await between.close();
  }
}

/** A log of the same key and length, in which one leaf says something else. */
async function fork(log: ConsentLog): Promise<Map<string, Uint8Array>> {
  const { size, origin } = (await readPublished(log)) ?? { size: 0n, origin: '' };
  const entries: Uint8Array[] = [];
  while (entries.length < Number(size)) {
    const leaves = await readLeaves(log, entries.length, Number(size));
    entries.push(...leaves.map(({ leaf }) => leafBytes(leaf)));
  }
  entries[20] = entries[21] ?? new Uint8Array();
  const grown = append(emptyFrontier, entries.map(leafHash));
  const checkpoint = { origin, size, root: frontierRoot(grown.frontier), extensions: [] };
  return new Map([
    ['/log/checkpoint', Buffer.from(await signCheckpoint(checkpoint, log.signers))],
    ...grown.tiles.map(({ level, index, width, hashes }): [string, Uint8Array] => [
      `/log/${tilePath(level, index, width)}`,
      hashes,
    ]),
    ...appendEntries(0n, new Uint8Array(), entries).map(({ index, width, bytes }): [string, Uint8Array] => [
      `/log/${tilePath('entries', index, width)}`,
      bytes,
    ]),
  ]);
}

/** Another character of base 64, or another digit, in that place. */
function flipCharacter(text: string, at: number): string {
  const old = text[at] ?? '';
  return text.slice(0, at) + (old === '1' ? '2' : '1') + text.slice(at + 1);
}
