import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import worker, { openWorker } from '../../src/worker.ts';
import { emptyD1 } from './d1.ts';

const settings = { DB: env.DB, LOG: env.LOG, LOCK: env.LOCK, WITHHOLD_ORIGIN: 'http://localhost:8787' };

/** One request as the platform makes it, with what it leaves to do done. */
async function ask(path: string, init?: RequestInit): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(new Request(`http://localhost:8787${path}`, init), settings, context);
  await waitOnExecutionContext(context);
  return response;
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

describe('the Worker', () => {
  // Once: the Worker keeps its log between requests, and a log does not forget with its database.
  beforeAll(async () => {
    await emptyD1();
  });

  test('serves the form, takes an opt-out with fingerprints from the browser, and answers checks', async () => {
    const form = await ask('/opt-out');
    expect(form.status).toBe(200);
    expect(form.headers.get('content-security-policy')).toContain("default-src 'none'");
    const sha256 = 'ab'.repeat(32);
    const pdq = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2);
    const submitted = await ask(
      '/v1/opt-outs',
      json({
        name: 'Ada Example',
        email: 'ada@example.com',
        role: 'owner',
        statement: currentStatement.version,
        affirmed: true,
        usages: { 'train-ai': 'disallow' },
        subjects: [
          {
            kind: 'work',
            sha256,
            width: 800,
            height: 600,
            hasher: 'pdq/1',
            fingerprints: [{ variant: 'full', pdq, quality: 100 }],
          },
        ],
      }),
    );
    expect(submitted.status).toBe(201);
    const outbox = await (await ask('/outbox')).text();
    const token = /\/confirm\/([\w-]+)/.exec(outbox)?.[1];
    expect((await ask('/v1/confirmations', json({ token }))).status).toBe(200);
    expect(await (await ask(`/v1/check?pdq=${pdq}`)).json()).toMatchObject({
      verdict: 'disallow',
      act: 'stop',
      match: { kind: 'match', distance: 0 },
    });
    const counts = await env.DB.prepare('SELECT hits FROM checks_daily').all();
    expect(counts.results).toEqual([{ hits: 1 }]);
  });

  test('says plainly that it cannot decode pictures', async () => {
    const response = await ask('/v1/fingerprints', { method: 'POST', body: new Uint8Array([1]) });
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'decoder-unavailable' }]);
  });

  test('runs its jobs by cron', async () => {
    await ask('/healthz');
    await expect(worker.scheduled({}, settings)).resolves.toBeUndefined();
  });

  test('does not start in production without secrets and mail', async () => {
    const production = { ...settings, WITHHOLD_ORIGIN: 'https://withhold.example' };
    await expect(openWorker(production)).rejects.toMatchObject({ code: 'misconfigured' });
    const secret = `a:${btoa('x'.repeat(32))}`;
    await expect(openWorker({ ...production, WITHHOLD_SECRETS: secret })).rejects.toThrow('send_email');
  });
});
