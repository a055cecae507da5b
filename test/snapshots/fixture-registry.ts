import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { append, emptyFrontier, type Frontier, frontierRoot } from '../../src/log/append.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { appendEntries } from '../../src/log/entry-bundle.ts';
import { leafHash } from '../../src/log/hash.ts';
import { type Leaf, leafBytes } from '../../src/log/leaf.ts';
import { formatLogPolicy, type LogPolicy } from '../../src/log/log-policy.ts';
import { type NoteSigner, parseSigningKey } from '../../src/log/note-key.ts';
import { makeManifest, type SnapshotContent, snapshotLifeMs } from '../../src/log/snapshot-manifest.ts';
import { tilePath, tileWidth } from '../../src/log/tile-path.ts';
import { canonicalRecordBytes, commitment, type OptOutRecord } from '../../src/opt-outs/record.ts';
import type { Answer } from '../cli/log-server.ts';
import { keyVectors } from '../log/vectors.ts';
import { sampleRecord } from '../opt-outs/sample-record.ts';

export const origin = 'registry.example/log';

interface FixtureEvent {
  seq: number;
  leaf: Extract<Leaf, { rid: string }>;
  record: OptOutRecord | null;
}

export interface FixtureSnapshot {
  size: number;
  seq: number;
  at: string;
  notAfter: string;
  digest: string;
  manifest: string;
  files: Map<string, Uint8Array>;
}

/** A registry that holds what a test puts in, truthful unless the test changes it. */
export interface FixtureRegistry {
  policy: LogPolicy;
  signers: NoteSigner[];
  events: FixtureEvent[];
  snapshots: FixtureSnapshot[];
  /** What is served below /log/, by path. */
  tiles: Map<string, Uint8Array>;
  /** The state that is signed now. */
  published: { size: number; checkpoint: string };
  /** Logs records, or one that is erased (null), and signs. */
  add(...records: (OptOutRecord | { erased: string })[]): Promise<void>;
  /** Makes a snapshot of these files at the present size and logs it. */
  snapshot(files: Record<string, Uint8Array>, over?: Partial<SnapshotContent>): Promise<FixtureSnapshot>;
  /** Logs a key that signs from now on, beside those before. */
  announce(signer: NoteSigner): Promise<void>;
  answer: Answer;
}

export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const ridOf = (index: number): string =>
  `0190a0b1-c2d3-7e4f-8a5b-6c7d${index.toString(16).padStart(8, '0')}`;

/** One domain record of many. */
export const domainOf = (index: number, changes: Partial<OptOutRecord> = {}): OptOutRecord =>
  sampleRecord({
    rid: ridOf(index),
    key: `com,example${index}`,
    salt: (index + 1).toString(16).padStart(64, '0'),
    ...changes,
  });

export async function fixtureRegistry(now: () => number = Date.now): Promise<FixtureRegistry> {
  const signers = [await parseSigningKey(keyVectors.log.secret)];
  const checkSigner = await parseSigningKey(keyVectors.check.secret);
  let frontier: Frontier = emptyFrontier;
  let waiting: (() => void)[] = [];
  const at = () => new Date(now()).toISOString();
  const policy: LogPolicy = {
    logs: signers.map(({ key }) => ({ key, url: null })),
    checkKeys: [checkSigner.key],
  };

  async function log(...leaves: Leaf[]): Promise<void> {
    const size = Number(frontier.size);
    const left = size % tileWidth;
    const path = left === 0 ? '' : tilePath('entries', Math.floor(size / tileWidth), left);
    const entries = leaves.map((leaf) => leafBytes(leaf));
    for (const { index, width, bytes } of appendEntries(
      size,
      own.tiles.get(path) ?? new Uint8Array(),
      entries,
    ))
      own.tiles.set(tilePath('entries', index, width), bytes);
    const grown = append(frontier, entries.map(leafHash));
    for (const { level, index, width, hashes } of grown.tiles)
      own.tiles.set(tilePath(level, index, width), hashes);
    frontier = grown.frontier;
    const checkpoint = await signCheckpoint(
      { origin, size: frontier.size, root: frontierRoot(frontier), extensions: [] },
      own.signers,
    );
    own.published = { size: Number(frontier.size), checkpoint };
    for (const tell of waiting.splice(0)) tell();
  }

  async function feed(url: URL, signal: AbortSignal): Promise<Response> {
    const after = Number(url.searchParams.get('after') ?? -1);
    const limit = Number(url.searchParams.get('limit') ?? 1_000);
    const news = () => own.events.filter(({ seq }) => seq > after).slice(0, limit);
    if (news().length === 0 && Number(url.searchParams.get('wait')) > 1) {
      await new Promise<void>((told) => {
        waiting.push(told);
        signal.addEventListener('abort', () => told());
      });
      waiting = waiting.filter(Boolean);
    }
    const erased = new Set(
      own.events.filter(({ leaf }) => leaf.type === 'erased').map(({ leaf }) => leaf.rid),
    );
    const records = news().map(({ seq, leaf, record }) => {
      const { type, rid, ver, commit } = leaf;
      const isOpen = record !== null && !erased.has(rid);
      const opening = isOpen
        ? { record: JSON.parse(new TextDecoder().decode(canonicalRecordBytes(record))), salt: record.salt }
        : { record: null, salt: null };
      return { seq, type, rid, ver, at: leaf.at, ...opening, commit };
    });
    const next = records.at(-1)?.seq ?? after;
    return Response.json({ records, next, ...own.published });
  }

  const own: FixtureRegistry = {
    policy,
    signers,
    events: [],
    snapshots: [],
    tiles: new Map(),
    published: { size: 0, checkpoint: '' },
    async add(...records) {
      const leaves: FixtureEvent[] = [];
      for (const [index, given] of records.entries()) {
        const record = 'erased' in given ? null : given;
        const rid = 'erased' in given ? given.erased : given.rid;
        const before = own.events.findLast(({ leaf }) => leaf.rid === rid);
        const ver = record?.version ?? (before?.leaf.ver ?? 0) + 1;
        const type =
          record === null
            ? 'erased'
            : record.state === 'active'
              ? ver === 1
                ? 'reserved'
                : 'changed'
              : 'withdrawn';
        const commit =
          record === null ? 'ee'.repeat(32) : await commitment(record.salt, canonicalRecordBytes(record));
        const seq = Number(frontier.size) + index;
        leaves.push({ seq, record, leaf: { v: 1, type, rid, ver, commit, at: at() } });
      }
      own.events.push(...leaves);
      await log(...leaves.map(({ leaf }) => leaf));
    },
    async announce(signer) {
      own.signers.push(signer);
      await log({ v: 1, type: 'key', key: signer.key.vkey, at: at() });
    },
    async snapshot(files, over = {}) {
      const size = own.published.size;
      const content: SnapshotContent = {
        ...{ size, at: at(), notAfter: new Date(now() + snapshotLifeMs).toISOString() },
        ...{ keySpecs: { domain: 'urlkey/1' }, hashers: [], counts: { domain: size } },
        files: Object.entries(files).map(([name, bytes]) => ({
          ...{ name, bytes: bytes.length, sha256: sha256Hex(bytes) },
          rows: null,
        })),
        ...over,
      };
      const logs = own.signers.map(({ key }) => ({ key, url: null }));
      const manifest = await makeManifest(content, own.published.checkpoint, { logs }, checkSigner);
      const digest = sha256Hex(new TextEncoder().encode(manifest));
      await log({ v: 1, type: 'snapshot', digest, at: at() });
      const { at: madeAt, notAfter } = content;
      const made = { size, at: madeAt, notAfter, digest, manifest, seq: own.published.size - 1 };
      const snapshot = { ...made, files: new Map(Object.entries(files)) };
      own.snapshots.unshift(snapshot);
      return snapshot;
    },
    async answer(request) {
      const url = new URL(request.url);
      const path = url.pathname;
      if (path === '/log/policy') return new Response(formatLogPolicy(policy));
      if (path === '/log/checkpoint') return new Response(own.published.checkpoint);
      const tile = own.tiles.get(path.slice('/log/'.length));
      if (tile !== undefined) return new Response(new Uint8Array(tile));
      if (path === '/v1/records') return feed(url, request.signal);
      if (path === '/v1/snapshots') {
        const snapshots = own.snapshots.map(({ files, manifest, ...each }) => ({
          ...each,
          ...{ bytes: files.size, records: manifest.length },
        }));
        return Response.json({ snapshots });
      }
      const [, size, name = ''] = /^\/v1\/snapshots\/(\d+)\/(.+)$/.exec(path) ?? [];
      const made = own.snapshots.find((each) => String(each.size) === size);
      const bytes =
        name === 'manifest.json' ? new TextEncoder().encode(made?.manifest) : made?.files.get(name);
      if (bytes === undefined) return new Response(null, { status: 404 });
      return ranged(request, bytes);
    },
  };
  return own;
}

/** A file with one range and If-Range, as RFC 9110 has them. */
export function ranged(request: Request, bytes: Uint8Array): Response {
  const etag = `"${sha256Hex(bytes)}"`;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get('range') ?? '')?.[1] ?? 0);
  const isPart = from > 0 && request.headers.get('if-range') === etag;
  const body = new Uint8Array(isPart ? bytes.subarray(from) : bytes);
  const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  return new Response(body, { status: isPart ? 206 : 200, headers: { etag, ...(isPart ? range : {}) } });
}

/**
 * The same over real HTTP, whose connection breaks within an answer where a test says so.
 * @param cutOf how many bytes of this answer leave before it breaks; null for all.
 * @returns its address.
 */
export async function breakingServer(
  answer: Answer,
  cutOf: (request: Request) => number | null,
): Promise<string> {
  const server = createServer(async ({ url, headers }, out) => {
    const plain = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const request = new Request(`http://registry.test${url}`, { headers: plain });
    const given = await answer(request);
    const body = new Uint8Array(await given.arrayBuffer());
    out.writeHead(given.status, {
      ...Object.fromEntries(given.headers),
      'content-length': String(body.length),
    });
    const cut = cutOf(request);
    if (cut === null || cut >= body.length) out.end(body);
    else out.write(body.subarray(0, cut), () => out.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(
    () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
