import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { Letter } from '../../src/deps.ts';
import { startService } from '../../src/node.ts';
import { anOptOut, freePort, ownFolder, postJson, withhold } from './running.ts';

/** One command line in a process of its own. */
async function ran(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; text: string }> {
  const spawned = withhold(args, env);
  const code = await spawned.ended;
  return { code, text: spawned.output() };
}

/**
 * The whole way of a wish to a machine that asks nobody: opt out, snapshot, pull into an empty folder, check offline,
 * withdraw, follow the feed, gone again. The service, its builder, the puller, the checker and a replica are processes
 * and threads of their own that share nothing but HTTP and the folder.
 */
test('from an opt-out to an offline refusal and back', { timeout: 120_000 }, async () => {
  const data = ownFolder();
  const dir = join(ownFolder(), 'empty');
  const port = await freePort();
  const letters: Letter[] = [];
  const txt = new Map<string, string>();
  const env = {
    WITHHOLD_ORIGIN: `http://localhost:${port}`,
    WITHHOLD_PORT: String(port),
    WITHHOLD_DATA: data,
    WITHHOLD_LOG_LEVEL: 'silent',
  };
  const service = await startService(readConfig(env), {
    mail: async (letter) => {
      letters.push(letter);
    },
    resolver: {
      resolve: async () => [],
      resolveTxt: async (name) => (txt.has(name) ? [[txt.get(name) ?? '']] : []),
    },
  });
  let isServed = true;
  try {
    expect((await postJson(`${service.url}/v1/opt-outs`, anOptOut())).status).toBe(201);
    await expect.poll(() => letters.length, { timeout: 10_000 }).toBe(1);
    const token = /\/confirm\/(\S+)/.exec(letters[0]?.text ?? '')?.[1];
    const session = (await (await postJson(`${service.url}/v1/confirmations`, { token })).json()) as {
      token: string;
    };
    const headers = { Authorization: `Bearer ${session.token}` };
    const mine = async () => {
      const answer = await fetch(`${service.url}/v1/opt-outs`, { headers });
      const { optOuts } = (await answer.json()) as {
        optOuts: {
          id: string;
          records: { rid: string; log: number | string; state: string }[];
          proofs: { dns: { name: string; value: string } }[];
        }[];
      };
      return optOuts[0];
    };
    const proof = (await mine())?.proofs[0]?.dns;
    txt.set(proof?.name ?? '', proof?.value ?? '');
    await fetch(`${service.url}/v1/proofs/gallery.example/check`, { method: 'POST', headers });
    await expect
      .poll(async () => (await mine())?.records[0], { timeout: 10_000 })
      .toMatchObject({ state: 'active', log: expect.any(Number) });

    const built = await ran(['snapshot', 'build'], env);
    expect(built, built.text).toMatchObject({ code: 0, text: expect.stringContaining('1 domain') });
    expect(existsSync(dir)).toBe(false);
    const pulled = await ran(['snapshot', 'pull', service.url, dir]);
    expect(pulled, pulled.text).toMatchObject({ code: 0 });
    expect(pulled.text).toContain(`localhost:${port}/log: snapshot of log size`);

    const url = 'https://www.gallery.example/art/1.jpg';
    const offline = () => ran(['check', '--snapshot', dir, url]);
    const refused = await offline();
    expect(refused, refused.text).toMatchObject({ code: 1, text: expect.stringContaining('disallow') });

    const replica = withhold(['serve', '--replica', service.url, '--dir', join(ownFolder(), 'replica')], {
      WITHHOLD_PORT: '0',
      WITHHOLD_DNS: '127.0.0.1:9',
    });
    const address = (await replica.says(/on (http:\S+)/))[1] ?? '';
    await replica.says('it answers');
    // Two, for which no site is waited for.
    const verdict = async () => {
      const answer = await postJson(`${address}/v1/check`, { items: [{ url }, { url }] });
      return ((await answer.json()) as { decisions: { verdict: string }[] }).decisions[0]?.verdict;
    };
    expect(await verdict()).toBe('disallow');

    const optOut = await mine();
    const withdrawn = await fetch(`${service.url}/v1/records/${optOut?.records[0]?.rid}/withdraw`, {
      method: 'POST',
      headers,
    });
    expect(withdrawn.status, await withdrawn.text()).toBe(200);
    await expect.poll(verdict, { timeout: 10_000 }).toBe('unknown');

    const still = await offline();
    expect(still, still.text).toMatchObject({ code: 1 });
    const followed = await ran(['snapshot', 'pull', service.url, dir]);
    expect(followed, followed.text).toMatchObject({ code: 0 });
    replica.child.kill('SIGTERM');
    expect(await replica.ended, replica.output()).toBe(0);
    await service.close();
    isServed = false;
    const free = await offline();
    expect(free, free.text).toMatchObject({ code: 0, text: expect.stringContaining('unknown') });
  } finally {
    if (isServed) await service.close();
  }
});
