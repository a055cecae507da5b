import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addKey } from '../../src/actions/keys.ts';
import { readConfig } from '../../src/config.ts';
import type { Letter } from '../../src/deps.ts';
import { startService } from '../../src/node.ts';
import { startSite } from '../net/local-net.ts';
import { anOptOut, freePort, ownFolder, postJson, withhold } from './running.ts';

/** The three stories over real HTTP: a real database file, a real site with a robots.txt, the real command line. */
test('a creator opts out, a crawler asks, a dataset builder filters', { timeout: 60_000 }, async () => {
  const site = await startSite((request, response) => {
    response.statusCode = request.url === '/robots.txt' ? 200 : 404;
    response.end(
      'User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nContent-Signal: ai-train=no\nUser-agent: CCBot\nDisallow: /art/\n',
    );
  });
  const folder = ownFolder();
  const port = await freePort();
  const letters: Letter[] = [];
  const txt = new Map<string, string>();
  const service = await startService(
    readConfig({
      WITHHOLD_ORIGIN: `http://localhost:${port}`,
      WITHHOLD_PORT: String(port),
      WITHHOLD_DATA: folder,
      WITHHOLD_LOG_LEVEL: 'silent',
    }),
    {
      mail: async (letter) => {
        letters.push(letter);
      },
      allow: [`press.example:${site.port}`, `127.0.0.1:${site.port}`],
      resolver: {
        resolve: async (host) => (host === 'press.example' ? ['127.0.0.1'] : []),
        resolveTxt: async (name) => (txt.has(name) ? [[txt.get(name) ?? '']] : []),
      },
    },
  );
  try {
    const submitted = await postJson(`${service.url}/v1/opt-outs`, anOptOut());
    expect(submitted.status).toBe(201);
    await expect.poll(() => letters.length, { timeout: 10_000 }).toBe(1);
    const token = /\/confirm\/(\S+)/.exec(letters[0]?.text ?? '')?.[1];
    const session = (await (await postJson(`${service.url}/v1/confirmations`, { token })).json()) as {
      token: string;
    };
    const headers = { Authorization: `Bearer ${session.token}` };
    const { optOuts } = (await (await fetch(`${service.url}/v1/opt-outs`, { headers })).json()) as {
      optOuts: { proofs: { dns: { name: string; value: string } }[] }[];
    };
    const proof = optOuts[0]?.proofs[0]?.dns;
    txt.set(proof?.name ?? '', proof?.value ?? '');
    const proven = await fetch(`${service.url}/v1/proofs/gallery.example/check`, { method: 'POST', headers });
    expect(await proven.json()).toMatchObject({ state: 'found', method: 'dns' });

    const page = `http://press.example:${site.port}/art/1.jpg`;
    const answer = await fetch(`${service.url}/v1/check?url=${encodeURIComponent(page)}&agent=GPTBot`);
    expect(await answer.json()).toMatchObject({
      verdict: 'disallow',
      act: 'stop',
      crawl: {
        verdict: 'disallow',
        where: `http://press.example:${site.port}/robots.txt, line 7`,
        quote: 'User-agent: GPTBot / Disallow: /art/',
      },
    });
    expect(site.seen).toEqual([
      '/robots.txt',
      '/.well-known/tdmrep.json',
      '/ai.txt',
      '/trust.txt',
      '/.well-known/trust.txt',
    ]);
    expect(site.lastHeaders['user-agent']).toBe(`WithholdBot/1 (+http://localhost:${port}/bot)`);

    const { key } = await addKey(service.deps, { consumer: 'Dataset', scopes: ['check'] });
    const asked = withhold(['check', page, '--agent', 'Googlebot', '--server', service.url], {
      WITHHOLD_KEY: key,
    });
    expect(await asked.ended, asked.output()).toBe(0);
    const refused = withhold(['check', 'https://www.gallery.example/x', '--server', service.url], {});
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toContain('domain gallery.example: train-ai disallow');

    const rows = Array.from({ length: 500 }, (_, n) =>
      n % 5 === 0
        ? `https://cdn.gallery.example/${n}.jpg,art ${n}`
        : `https://h${n}.invalid/${n}.jpg,other ${n}`,
    );
    writeFileSync(join(folder, 'data.csv'), `URL,TEXT\n${rows.join('\n')}\n"broken,1\n`);
    const out = join(folder, 'decisions.csv');
    const args = ['filter', join(folder, 'data.csv'), '--server', service.url, '--out', out];
    const filtered = withhold(args, { WITHHOLD_KEY: key });
    expect(await filtered.ended, filtered.output()).toBe(1);
    const decisions = readFileSync(out, 'utf8').trim().split('\n').slice(1);
    expect(decisions).toHaveLength(501);
    expect(decisions.filter((line) => line.includes(',disallow,stop,'))).toHaveLength(100);
    expect(decisions.filter((line) => line.includes(',bad,'))).toHaveLength(1);
  } finally {
    await service.close();
    await site.close();
  }
});
