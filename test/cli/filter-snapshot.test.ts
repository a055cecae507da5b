import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sampleRecord, sampleWork } from '../opt-outs/sample-record.ts';
import { pulledRegistry } from '../snapshots/pulled.ts';
import { sampleRegistry } from '../snapshots/sample-registry.ts';
import { run } from './run.ts';

const work = sampleWork({ rid: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a02' });
const rows = [
  'id,url,sha256',
  'one,https://www.example.com/a.jpg,',
  `two,https://elsewhere.example/b.jpg,${work.key}`,
  'three,https://elsewhere.example/c.jpg,',
];

test('a dataset is filtered by a snapshot, without a server', async () => {
  const registry = await sampleRegistry();
  const pulled = await pulledRegistry(registry);
  await registry.put(sampleRecord());
  await registry.put(work);
  await registry.sequence();
  await pulled.build();
  await pulled.pull();
  const filter = (...args: string[]) =>
    run(['filter', '-', '--format', 'csv', '--id-column', 'id', '--out', '-', ...args], {
      stdin: `${rows.join('\n')}\n`,
    });
  const { code, stdout, stderr } = await filter('--snapshot', pulled.folder);
  expect(code, stderr).toBe(0);
  const [, ...decisions] = stdout.trim().split('\n');
  expect(decisions.map((line) => line.split(',').slice(1, 5))).toEqual([
    ['one', 'https://www.example.com/a.jpg', 'disallow', 'stop'],
    ['two', 'https://elsewhere.example/b.jpg', 'disallow', 'stop'],
    ['three', 'https://elsewhere.example/c.jpg', 'unknown', 'review'],
  ]);
  expect(stderr).toContain('a snapshot does not know what sites say: ask a registry or a replica for that');
  const refused = await filter('--snapshot', pulled.folder, '--server', 'http://localhost:1');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('--server does not go with --snapshot');
});

test('with what sites were found to say, the answers are the registry’s', async () => {
  const said = new Map([
    ['/robots.txt', 'User-agent: GPTBot\nDisallow: /private/\n\nUser-agent: *\nAllow: /\n'],
  ]);
  const site = createServer((request, response) => {
    const text = said.get(request.url ?? '');
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  const folder = mkdtempSync(join(tmpdir(), 'withhold-signals-'));
  onTestFinished(async () => {
    site.closeAllConnections();
    await new Promise((closed) => site.close(closed));
    rmSync(folder, { recursive: true, force: true });
  });
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const registry = await sampleRegistry();
  const pulled = await pulledRegistry(registry);
  await registry.put(work);
  await registry.sequence();
  await pulled.build();
  await pulled.pull();
  const data = join(folder, 'data.csv');
  writeFileSync(
    data,
    `url,sha256\n${origin}/private/a.jpg,\n${origin}/b.jpg,${work.key}\n${origin}/c.jpg,\nhttps://unasked.example/,\n`,
  );
  const gathered = join(folder, 'signals');
  const gather = ['signals', 'gather', data, '--agent', 'GPTBot', '--out', gathered, '--allow-private'];
  // The site that is not there is told by the exit status; its rows below say it again.
  expect(await run([...gather, '--contact', 'https://example.org/bot'])).toMatchObject({ code: 1 });
  const { code, stdout, stderr } = await run([
    ...[
      'filter',
      data,
      '--snapshot',
      pulled.folder,
      '--signals',
      gathered,
      '--agent',
      'GPTBot',
      '--out',
      '-',
    ],
  ]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('what 2 sites say was gathered until 2');
  const [, ...decisions] = stdout.trim().split('\n');
  expect(decisions.map((line) => line.split(',').slice(3, 6).join(' '))).toEqual([
    expect.stringMatching(/^disallow stop "?robots.txt/),
    expect.stringMatching(/^disallow stop "?registry/),
    expect.stringMatching(/^unknown proceed/),
    expect.stringMatching(/ (stop|review) /),
  ]);
  for (const wrong of [
    ['--signals', gathered],
    ['--signals-max-age', '3'],
  ]) {
    expect(await run(['filter', data, '--out', '-', ...wrong])).toMatchObject({ code: 2 });
  }
});
