import { expect, test } from 'vitest';
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
