import { deepEqual, equal, rejects } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findInputs, openSource } from '../../src/datasets/sources/inputs.ts';
import type { SourceDeps } from '../../src/datasets/sources/requests.ts';
import { listS3 } from '../../src/datasets/sources/s3.ts';
import { type Case, type Check, runCases } from './cases.ts';
import { installPackage } from './python.ts';

/** A server of S3 that checks every signature with Amazon's own code for making them. */
const requirement = 'moto[s3,iam,server]==5.2.5';
const script = fileURLToPath(new URL('./s3_server.py', import.meta.url));
const file = fileURLToPath(new URL('../vectors/parquet/plain-v1-none.parquet', import.meta.url));
const strange = "dir/with space+plus%41&'()!*~ä日.parquet";
const keys = [
  'dir/a.parquet',
  strange,
  ...Array.from({ length: 1_100 }, (_, index) => `many/${index}.parquet`),
];

interface Told {
  endpoint: string;
  region: string;
  id: string;
  secret: string;
}

export const s3Servers: Check = {
  tool: requirement,
  async run(folder) {
    const installed = await installPackage(folder, requirement);
    if ('missing' in installed) return installed;
    const server = spawn(installed.python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(server, 'close');
    try {
      server.stdin.write(`${JSON.stringify({ files: keys.map((key) => ({ key, path: file })) })}\n`);
      const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), closed]);
      if (typeof line !== 'string') throw new Error(`the server ended with ${line}`);
      return await runCases(casesOf(JSON.parse(line)));
    } finally {
      server.stdin.end();
      await closed;
    }
  },
};

function casesOf({ endpoint, region, id, secret }: Told): Case[] {
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
  };
  const depsOf = (change: SourceDeps['env']): SourceDeps => ({ fetch, env: { ...env, ...change }, sleep });
  const deps = depsOf({});
  const bytes = readFileSync(file);
  const opened = (key: string, change: SourceDeps['env'] = {}) =>
    openSource(depsOf(change), `s3://interop-bucket/${key}`);
  const forbidden = { code: 'forbidden' };
  return [
    ...['dir/a.parquet', strange].map(
      (key): Case => [
        `ranges of ${key}`,
        async () => {
          const source = await opened(key);
          equal(source.size, bytes.length);
          deepEqual(Buffer.from(await source.read(0, bytes.length)), bytes);
          deepEqual(Buffer.from(await source.read(100, 200)), bytes.subarray(100, 200));
        },
      ],
    ),
    [
      'a listing of several pages',
      async () => {
        const listed = await listS3(deps, { bucket: 'interop-bucket', key: 'many/' }, 5_000);
        deepEqual(listed, keys.filter((key) => key.startsWith('many/')).sort());
      },
    ],
    [
      'a folder',
      async () => {
        const found = await findInputs(deps, ['s3://interop-bucket/dir/']);
        deepEqual(
          found.map(({ address }) => address),
          ['dir/a.parquet', strange].map((key) => `s3://interop-bucket/${key}`),
        );
      },
    ],
    [
      'a wrong secret is refused',
      () => rejects(opened('dir/a.parquet', { AWS_SECRET_ACCESS_KEY: 'x' }), forbidden),
    ],
    [
      'an unknown key is refused',
      () => rejects(opened('dir/a.parquet', { AWS_ACCESS_KEY_ID: 'x' }), forbidden),
    ],
    ['what is not there is told', () => rejects(opened('dir/b.parquet'), { code: 'not-found' })],
  ];
}
