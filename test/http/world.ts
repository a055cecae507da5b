import type { Database } from '../../db/database.ts';
import { prepareLookup } from '../../db/lookup.ts';
import { createFingerprintIndex } from '../../src/actions/fingerprint-index.ts';
import { createHits } from '../../src/actions/hits.ts';
import { deliverLetters } from '../../src/actions/letters.ts';
import { signalsCacheOf } from '../../src/actions/signals-store.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { ConsentLog, Deps, Letter, Random } from '../../src/deps.ts';
import { createApp } from '../../src/http/app.ts';
import { createLimiter } from '../../src/limiter.ts';
import { checkKeyName } from '../../src/log/check-receipt.ts';
import { newSigningKey, parseSigningKey } from '../../src/log/note-key.ts';
import type { Fetcher, FetchResult, Resolver } from '../../src/net/fetching.ts';
import { newSecret, openSecrets } from '../../src/secrets.ts';
import { letters } from '../../src/web/letters.ts';

/** What the outside says, by URL and by DNS name; everything else is not there. */
export interface Outside {
  pages: Map<string, { status: number; body: string } | 'down'>;
  txt: Map<string, string[]>;
}

/** A service without a port, over a real database, whose outside is a table. */
export interface World {
  deps: Deps;
  outside: Outside;
  /** Letters handed over so far, newest last. */
  posted: Letter[];
  /** Time stands still until a test moves it. */
  clock: { now: number };
  request(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** Hands over letters and gives the last link of a kind: `confirm` or `link`. */
  lastToken(kind: 'confirm' | 'link'): Promise<string>;
}

export async function createWorld(
  database: Database,
  over: {
    env?: Record<string, string>;
    decoder?: Deps['decoder'];
    limitScale?: number;
    fetcher?: Fetcher;
  } = {},
): Promise<World> {
  const config = readConfig({ WITHHOLD_ORIGIN: 'http://localhost:8787', ...over.env });
  const clock = { now: Date.parse('2026-11-23T14:02:00.000Z') };
  const now = () => clock.now;
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const outside: Outside = { pages: new Map(), txt: new Map() };
  const posted: Letter[] = [];
  const fetcher = over.fetcher ?? tableFetcher(outside);
  const resolver: Resolver = {
    resolve: async () => ['93.184.216.34'],
    resolveTxt: async (name) => (outside.txt.get(name) ?? []).map((value) => [value]),
  };
  const log = {
    info: () => {},
    warn: () => {},
    // A fault of ours shows in the output of the test that met it.
    error: (fields: Record<string, unknown>, message: string) => console.error(message, fields),
  };
  const lookup = prepareLookup(database);
  const deps: Deps = {
    config,
    database,
    lookup,
    secrets: await openSecrets(newSecret('test', random), random),
    clock: now,
    random,
    log,
    mail: async (letter) => {
      posted.push(letter);
    },
    letters: letters(config),
    limiter: createLimiter(now, over.limitScale ?? 1_000),
    fingerprints: createFingerprintIndex({ database, lookup }),
    decoder: over.decoder ?? null,
    fetcher,
    resolver,
    signals: signalsCacheOf(database, fetcher, now, log),
    hits: createHits(database, now),
    consentLog: await memoryLog(config, random),
    snapshots: null,
  };
  const app = createApp(deps, { connectionAddress: () => '192.0.2.1' });
  return {
    deps,
    outside,
    posted,
    clock,
    async request(path, { json, ...init } = {}) {
      if (json === undefined) return app.request(path, init);
      const headers = { 'Content-Type': 'application/json', ...(init.headers as Record<string, string>) };
      return app.request(path, { method: 'POST', ...init, headers, body: JSON.stringify(json) });
    },
    async lastToken(kind) {
      await deliverLetters(deps);
      const token = new RegExp(`/${kind}/([A-Za-z0-9_-]+)`).exec(posted.at(-1)?.text ?? '')?.[1];
      if (token === undefined) throw new Error(`the last letter holds no ${kind} link`);
      return token;
    },
  };
}

/** A log in memory: what it is made of has a suite of its own. */
async function memoryLog(config: Config, random: Random): Promise<ConsentLog> {
  const origin = `${new URL(config.origin).host}/log`;
  const signer = async (name: string) => parseSigningKey(await newSigningKey(name, random(32)));
  const signers = [await signer(origin)];
  const files = new Map<string, Uint8Array>();
  let held: string | null = null;
  return {
    origin,
    files: {
      read: async (path) => files.get(path) ?? null,
      write: async (path, bytes) => {
        files.set(path, bytes);
      },
    },
    lock: {
      read: async () => held,
      replace: async (before, after) => {
        if (held !== before) return false;
        held = after;
        return true;
      },
    },
    signers,
    keys: signers.map(({ key }) => key),
    checkSigner: await signer(checkKeyName(origin)),
    published: null,
  };
}

function tableFetcher(outside: Outside): Fetcher {
  return {
    async fetch(url): Promise<FetchResult> {
      const page = outside.pages.get(url) ?? { status: 404, body: '' };
      if (page === 'down') return { ok: false, kind: 'connect', message: 'The server did not answer.' };
      const body = new TextEncoder().encode(page.body);
      return {
        ok: true,
        status: page.status,
        headers: {},
        body,
        truncated: false,
        url,
        redirects: [],
        address: null,
      };
    },
    async close() {},
  };
}
