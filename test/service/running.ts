import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { currentStatement } from '../../src/opt-outs/statement.ts';

const root = resolve(import.meta.dirname, '../..');
export const program = join(root, 'src/cli/withhold.ts');

/** A folder of the test's own, gone when it ends. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A port nothing listens on: the service's origin has to name it before it listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Spawned {
  child: ChildProcess;
  /** Everything it has written so far, both streams. */
  output(): string;
  /** Resolves when the text appears in the output; rejects when the process ends before. */
  says(text: string | RegExp): Promise<RegExpExecArray>;
  /** Exit code, once it has ended. */
  ended: Promise<number | null>;
}

/** Runs `withhold` with the settings given and nothing of ours. */
export function withhold(args: string[], env: Record<string, string>, path = program): Spawned {
  const child = spawn(process.execPath, [path, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    child,
    ended,
    output: () => text,
    says(wanted) {
      const pattern = typeof wanted === 'string' ? new RegExp(wanted.replaceAll(/[^\w\s]/g, '\\$&')) : wanted;
      return new Promise((resolveFound, reject) => {
        const look = () => {
          const found = pattern.exec(text);
          if (found === null) return;
          waiting.delete(look);
          resolveFound(found);
        };
        waiting.add(look);
        void ended.then((code) => reject(new Error(`ended with ${code} before saying ${pattern}:\n${text}`)));
        look();
      });
    },
  };
}

/** A served registry in its own process. */
export async function serve(
  folder: string,
  port: number,
  env: Record<string, string> = {},
  path = program,
): Promise<Spawned & { url: string }> {
  const url = `http://localhost:${port}`;
  const spawned = withhold(
    ['serve'],
    {
      WITHHOLD_ORIGIN: url,
      WITHHOLD_PORT: String(port),
      WITHHOLD_DATA: folder,
      // A name server that is not there: no test asks the world.
      WITHHOLD_DNS: '127.0.0.1:9',
      ...env,
    },
    path,
  );
  await spawned.says('withhold: serving');
  return { ...spawned, url: `http://127.0.0.1:${port}` };
}

export interface PostOffice {
  url: string;
  letters: string[];
  /** The next letter that arrives, whole; one that arrived and was not taken yet counts. */
  next(): Promise<string>;
  close(): Promise<void>;
}

/** A real SMTP server on this machine. */
export async function postOffice(port = 0): Promise<PostOffice> {
  const letters: string[] = [];
  let taken = 0;
  const waiting: (() => void)[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      let letter = '';
      stream.on('data', (chunk: Buffer) => {
        letter += chunk.toString();
      });
      stream.on('end', () => {
        letters.push(letter);
        done();
        for (const tell of waiting.splice(0)) tell();
      });
    },
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = () => new Promise<void>((closed) => server.close(() => closed()));
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    letters,
    async next() {
      while (letters.length <= taken) await new Promise<void>((tell) => waiting.push(tell));
      taken += 1;
      return letters[taken - 1] ?? '';
    },
    close,
  };
}

export const anOptOut = (over: Record<string, unknown> = {}) => ({
  name: 'Ada Lovelace-Example',
  email: 'ada@private.example',
  role: 'owner',
  statement: currentStatement.version,
  affirmed: true,
  usages: { 'train-ai': 'disallow' },
  subjects: [{ kind: 'domain', value: 'gallery.example' }],
  ...over,
});

export function postJson(
  url: string,
  json: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(json),
  });
}
