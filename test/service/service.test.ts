import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Sqlite from 'better-sqlite3';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { anOptOut, freePort, ownFolder, postJson, postOffice, serve, withhold } from './running.ts';

describe('the service in its own process', { timeout: 60_000 }, () => {
  test('a letter goes out by SMTP, its link confirms, and nothing private is logged', async () => {
    const office = await postOffice();
    const folder = ownFolder();
    const service = await serve(folder, await freePort(), { WITHHOLD_SMTP: office.url });
    const submitted = await postJson(`${service.url}/v1/opt-outs`, anOptOut());
    expect(submitted.status).toBe(201);
    const letter = await simpleParser(await office.next());
    expect(letter.to).toMatchObject({ text: 'ada@private.example' });
    const token = /\/confirm\/(\S+)/.exec(letter.text ?? '')?.[1] ?? '';
    const confirmed = await postJson(`${service.url}/v1/confirmations`, { token });
    expect(confirmed.status).toBe(200);
    const { token: session } = (await confirmed.json()) as { token: string };
    await fetch(`${service.url}/v1/check?url=https%3A%2F%2Fsecret-question.example%2Fpath`);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    const output = service.output().toLowerCase();
    for (const secret of ['ada', 'private.example', 'secret-question', token, session]) {
      expect(output).not.toContain(secret.toLowerCase());
    }
    await office.close();
  });

  test('what was answered with 2xx survives kill -9, the unsent letter included', async () => {
    const folder = ownFolder();
    const port = await freePort();
    const smtpPort = await freePort();
    const env = { WITHHOLD_SMTP: `smtp://127.0.0.1:${smtpPort}` };
    const first = await serve(folder, port, env);
    const answers: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const response = await postJson(
        `${first.url}/v1/opt-outs`,
        anOptOut({ email: `artist${count}@private.example` }),
      );
      expect(response.status).toBe(201);
      answers.push(((await response.json()) as { id: string }).id);
    }
    first.child.kill('SIGKILL');
    await first.ended;

    const database = new Sqlite(join(folder, 'withhold.sqlite'), { readonly: true });
    const stored = database.prepare('SELECT id FROM opt_outs').all() as { id: string }[];
    expect(stored.map((row) => row.id).sort()).toEqual(answers.sort());
    // The refused letters are due again later; a restart must not have to wait for that in a test.
    database.close();
    const clock = new Sqlite(join(folder, 'withhold.sqlite'));
    clock.exec("UPDATE letters SET next_attempt_at = '2000-01-01T00:00:00.000Z'");
    clock.close();

    const office = await postOffice(smtpPort);
    const second = await serve(folder, port, env);
    const received = [];
    for (let count = 0; count < 5; count += 1) received.push((await simpleParser(await office.next())).to);
    expect(received).toHaveLength(5);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    await office.close();
  });

  test('SIGTERM lets an answer under way finish', async () => {
    const service = await serve(ownFolder(), await freePort());
    const items = Array.from({ length: 10_000 }, (_, n) => ({ sha256: n.toString(16).padStart(64, '0') }));
    const asking = request(`${service.url}/v1/check`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Expect: '100-continue' },
    });
    asking.flushHeaders();
    // The service has the request and waits for its body.
    await once(asking, 'continue');
    service.child.kill('SIGTERM');
    await service.says('finishing what is under way');
    asking.end(JSON.stringify({ items }));
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const { decisions } = JSON.parse(await text(answer)) as { decisions: unknown[] };
    expect(decisions).toHaveLength(10_000);
    expect(await service.ended).toBe(0);
  });

  test('the first start makes a secret only its owner can read, and one administrator link', async () => {
    const folder = ownFolder();
    const port = await freePort();
    const first = await serve(folder, port);
    const [, link] = await first.says(/works once: (\S+)/);
    expect(link).toMatch(new RegExp(`^http://localhost:${port}/admin/`));
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'withhold.sqlite')).mode & 0o777).toBe(0o600);
    first.child.kill('SIGTERM');
    await first.ended;
    const second = await serve(folder, port);
    await fetch(`${second.url}/healthz`);
    second.child.kill('SIGTERM');
    await second.ended;
    expect(second.output()).not.toContain('works once');
  });

  test.each([
    ['an origin without https', { WITHHOLD_ORIGIN: 'http://registry.example' }, 'must start with https://'],
    [
      'production without secrets',
      { WITHHOLD_ORIGIN: 'https://registry.example' },
      'WITHHOLD_SECRETS is required',
    ],
    [
      'production without SMTP',
      {
        WITHHOLD_ORIGIN: 'https://registry.example',
        WITHHOLD_SECRETS: `a:${Buffer.alloc(32, 1).toString('base64')}`,
      },
      'WITHHOLD_SMTP is required',
    ],
    ['a port that is none', { WITHHOLD_PORT: 'eight' }, 'WITHHOLD_PORT'],
  ])('%s is one plain sentence and exit 2', async (_name, env, sentence) => {
    const run = withhold(['serve'], { WITHHOLD_DATA: ownFolder(), ...env });
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain(sentence);
    expect(run.output().trim().split('\n')).toHaveLength(1);
  });

  test('data of one origin is not served under another', async () => {
    const folder = ownFolder();
    const port = await freePort();
    const service = await serve(folder, port);
    service.child.kill('SIGTERM');
    await service.ended;
    const moved = withhold(['serve'], { WITHHOLD_DATA: folder, WITHHOLD_ORIGIN: 'http://localhost:1' });
    expect(await moved.ended).toBe(2);
    expect(moved.output()).toContain(`belongs to http://localhost:${port}`);
  });

  test('a taken port is said, and exit 2', async () => {
    const port = await freePort();
    await serve(ownFolder(), port);
    const second = withhold(['serve'], {
      WITHHOLD_DATA: ownFolder(),
      WITHHOLD_PORT: String(port),
      WITHHOLD_ORIGIN: `http://localhost:${port}`,
    });
    expect(await second.ended).toBe(2);
    expect(second.output()).toContain(`port ${port} is in use`);
  });
});

describe('keys, backup and restore', { timeout: 60_000 }, () => {
  test('a key is shown once, works while the service runs, and is stored as a hash', async () => {
    const folder = ownFolder();
    const port = await freePort();
    const service = await serve(folder, port);
    const env = { WITHHOLD_DATA: folder, WITHHOLD_ORIGIN: `http://localhost:${port}` };
    const added = withhold(['key', 'add', '--name', 'Test Crawler', '--scopes', 'check,feed', '--json'], env);
    expect(await added.ended).toBe(0);
    const { key, id } = JSON.parse(added.output().split('\n')[0] ?? '') as { key: string; id: string };
    const ask = () =>
      fetch(`${service.url}/v1/check?sha256=${'0'.repeat(64)}`, {
        headers: { Authorization: `Bearer ${key}` },
      });
    expect((await ask()).status).toBe(200);
    const listed = withhold(['key', 'list'], env);
    await listed.ended;
    expect(listed.output()).toContain('Test Crawler\tcheck,feed');
    expect(listed.output()).not.toContain(key);
    const revoked = withhold(['key', 'revoke', id], env);
    expect(await revoked.ended).toBe(0);
    expect((await ask()).status).toBe(401);
    for (const file of ['withhold.sqlite', 'withhold.sqlite-wal']) {
      expect(readFileSync(join(folder, file)).includes(key)).toBe(false);
    }
    expect(await withhold(['key', 'add', '--name', 'X', '--scopes', 'everything'], env).ended).toBe(2);
  });

  test('a backup taken while the service writes restores to what it held', async () => {
    const folder = ownFolder();
    const port = await freePort();
    const env = { WITHHOLD_DATA: folder, WITHHOLD_ORIGIN: `http://localhost:${port}` };
    const service = await serve(folder, port);
    const submit = async (name: string) => {
      const response = await postJson(
        `${service.url}/v1/opt-outs`,
        anOptOut({ email: `${name}@private.example` }),
      );
      return ((await response.json()) as { id: string }).id;
    };
    const before = await submit('before');
    const file = join(ownFolder(), 'registry.backup');
    const backup = withhold(['backup', file], env);
    expect(await backup.ended, backup.output()).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const after = await submit('after');

    const whileRunning = withhold(['restore', file], env);
    expect(await whileRunning.ended).toBe(2);
    expect(whileRunning.output()).toContain('stop it first');
    service.child.kill('SIGTERM');
    await service.ended;

    const restored = withhold(['restore', file], env);
    expect(await restored.ended, restored.output()).toBe(0);
    const database = new Sqlite(join(folder, 'withhold.sqlite'), { readonly: true });
    const ids = database.prepare('SELECT id FROM opt_outs').pluck().all();
    database.close();
    expect(ids).toContain(before);
    expect(ids).not.toContain(after);
    const again = await serve(folder, port);
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);

    expect(await withhold(['backup', file], env).ended, 'an existing file is not overwritten').toBe(2);
  });

  test('a damaged or foreign file is not restored', async () => {
    const folder = ownFolder();
    const port = await freePort();
    const env = { WITHHOLD_DATA: folder, WITHHOLD_ORIGIN: `http://localhost:${port}` };
    const foreign = join(folder, 'foreign.sqlite');
    const made = new Sqlite(foreign);
    made.exec('CREATE TABLE t (a)');
    made.close();
    for (const file of [foreign, join(import.meta.dirname, 'running.ts'), join(folder, 'nothing')]) {
      const run = withhold(['restore', file], env);
      expect(await run.ended).toBe(2);
      expect(run.output().trim().split('\n')).toHaveLength(1);
    }
  });
});
