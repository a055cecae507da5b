import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { afterEach, describe, expect, test } from 'vitest';
import { findInputs, openSource } from '../../../src/datasets/sources/inputs.ts';
import type { SourceDeps } from '../../../src/datasets/sources/requests.ts';
import { listS3, openS3Source, parseS3 } from '../../../src/datasets/sources/s3.ts';
import { readColumns } from '../parquet/tables.ts';
import { type Keys, s3Server, signatureOf } from './s3-server.ts';

const keys: Keys = {
  id: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  token: 'to/ken==',
  region: 'eu-north-1',
};
const env = {
  AWS_ACCESS_KEY_ID: keys.id,
  AWS_SECRET_ACCESS_KEY: keys.secret,
  AWS_SESSION_TOKEN: keys.token,
  AWS_REGION: keys.region,
};
const vectors = join(import.meta.dirname, '../../vectors/parquet');
const parquet = readFileSync(join(vectors, 'plain-v1-none.parquet'));
const expected = JSON.parse(readFileSync(join(vectors, 'expected.json'), 'utf8'));
const strange = "dir/with space+plus%41&'()!*~ä日.parquet";
const objects = new Map([
  ['dir/b.parquet', parquet],
  ['dir/a.parquet', parquet],
  ['dir/sub/c.parquet', parquet],
  ['dir/_SUCCESS', Buffer.alloc(0)],
  ['dir/', Buffer.alloc(0)],
  ['dir/readme.md', Buffer.from('x')],
  ['direct.parquet', parquet],
  [strange, parquet],
]);

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function server(given: Keys | undefined = keys, pageKeys?: number) {
  const s3 = await s3Server('the-bucket', objects, given, pageKeys);
  open.push(s3.close);
  return s3;
}

const depsOf = (settings: Record<string, string | undefined>): SourceDeps => ({
  fetch,
  env: settings,
  sleep: async () => {
    throw new Error('nothing here has to wait');
  },
});

/** Examples of "Signature Calculations for the Authorization Header", Amazon S3 API reference. */
describe('the signatures Amazon publishes', () => {
  const example: Keys = {
    id: 'AKIAIOSFODNN7EXAMPLE',
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
  };
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const common = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': empty,
    'x-amz-date': '20130524T000000Z',
  };

  test.each([
    [
      'GET Object',
      '/test.txt',
      { range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'GET Bucket Lifecycle',
      '/?lifecycle',
      {},
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'List Objects',
      '/?max-keys=2&prefix=J',
      {},
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', async (_name, target, more, signature) => {
    const headers = { ...common, ...more };
    const signed = Object.keys(headers).sort().join(';');
    expect(signatureOf('GET', target, headers, example, signed)).toBe(signature);
    const signer = new AwsV4Signer({
      url: `https://${common.host}${target}`,
      headers: { 'x-amz-content-sha256': empty, ...more },
      accessKeyId: example.id,
      secretAccessKey: example.secret,
      service: 's3',
      region: example.region,
      datetime: '20130524T000000Z',
      allHeaders: true,
    });
    expect(await signer.signature()).toBe(signature);
  });
});

describe('objects', () => {
  test.each(['dir/a.parquet', strange])('%s is read by signed ranges', async (key) => {
    const s3 = await server();
    const source = await openSource(
      depsOf({ ...env, AWS_ENDPOINT_URL: s3.endpoint }),
      `s3://the-bucket/${key}`,
    );
    const { read } = await readColumns(source, { named: {} });
    expect(read.url).toEqual(expected.url);
    expect(s3.seen[0]).toMatch(/^bytes=0-0 /);
    // One request says how large it is, one takes the footer, one for each row group the columns.
    expect(s3.seen.length).toBe(4);
  });

  test('a public bucket is read without keys', async () => {
    const s3 = await server(undefined);
    open.push((await s3Server('the-bucket', objects, undefined)).close);
    const anonymous = await s3Server('the-bucket', objects, undefined);
    open.push(anonymous.close);
    const source = await openS3Source(
      depsOf({ AWS_ENDPOINT_URL_S3: anonymous.endpoint, AWS_ENDPOINT_URL: s3.endpoint }),
      's3://the-bucket/direct.parquet',
    );
    expect(source.size).toBe(parquet.length);
    expect(s3.seen).toEqual([]);
  });

  test.each([
    ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'x' }],
    ['another region', { AWS_REGION: 'us-west-1' }],
    ['no token', { AWS_SESSION_TOKEN: undefined }],
    ['no keys', { AWS_ACCESS_KEY_ID: undefined }],
  ])('%s may not read', async (_name, change) => {
    const s3 = await server();
    const deps = depsOf({ ...env, AWS_ENDPOINT_URL: s3.endpoint, ...change });
    await expect(openSource(deps, 's3://the-bucket/direct.parquet')).rejects.toMatchObject({
      code: 'forbidden',
      message: 's3://the-bucket/direct.parquet may not be read (403)',
    });
  });

  test('an object that is not there', async () => {
    const s3 = await server();
    const deps = depsOf({ ...env, AWS_ENDPOINT_URL: `${s3.endpoint}/` });
    await expect(openSource(deps, 's3://the-bucket/nothing')).rejects.toThrow(
      's3://the-bucket/nothing is not there (404)',
    );
  });

  test.each([
    ['bucket', 'https://bucket.s3.eu-north-1.amazonaws.com/a%20b/c'],
    ['bucket.with.dots', 'https://s3.eu-north-1.amazonaws.com/bucket.with.dots/a%20b/c'],
  ])('without an endpoint %s is at Amazon', async (bucket, url) => {
    const asked: string[] = [];
    const deps: SourceDeps = {
      ...depsOf(env),
      fetch: async (request) => {
        asked.push((request as Request).url);
        return new Response(null, { status: 301, headers: { 'x-amz-bucket-region': 'us-west-2' } });
      },
    };
    await expect(openS3Source(deps, `s3://${bucket}/a b/c`)).rejects.toMatchObject({
      message: 'is in region us-west-2',
      fix: 'set AWS_REGION=us-west-2',
    });
    expect(asked).toEqual([url]);
  });
});

describe('listings', () => {
  test.each([1_000, 2])('go on over pages of %d', async (pageKeys) => {
    const s3 = await server(keys, pageKeys);
    const deps = depsOf({ ...env, AWS_ENDPOINT_URL: s3.endpoint });
    const inputs = await findInputs(deps, ['s3://the-bucket/dir/']);
    expect(inputs).toEqual(
      ['a.parquet', 'b.parquet', 'sub/c.parquet', strange.slice(4)].map((name) => ({
        address: `s3://the-bucket/dir/${name}`,
        format: 'parquet',
      })),
    );
  });

  test('take patterns, and single keys as they are', async () => {
    const s3 = await server();
    const deps = depsOf({ ...env, AWS_ENDPOINT_URL: s3.endpoint });
    const found = await findInputs(deps, [
      's3://the-bucket/dir/[ab].parquet',
      's3://the-bucket/direct.parquet',
    ]);
    expect(found.map(({ address }) => address)).toEqual([
      's3://the-bucket/dir/a.parquet',
      's3://the-bucket/dir/b.parquet',
      's3://the-bucket/direct.parquet',
    ]);
  });

  test('that find nothing, are too many, or are none at all', async () => {
    const s3 = await server();
    const deps = depsOf({ ...env, AWS_ENDPOINT_URL: s3.endpoint });
    await expect(findInputs(deps, ['s3://the-bucket/none/'])).rejects.toThrow(
      's3://the-bucket/none/ holds no dataset files',
    );
    await expect(listS3(deps, { bucket: 'the-bucket', key: '' }, 5)).rejects.toThrow(
      'holds more than 5 objects',
    );
    for (const text of [
      '',
      '<a',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      `<a><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></a>`,
    ]) {
      const odd = { ...deps, fetch: async () => new Response(text) };
      await expect(listS3(odd, { bucket: 'b-1', key: '' }, 5)).rejects.toThrow(
        'the server does not answer as S3 does',
      );
    }
  });
});

test.each([
  's3://',
  's3:///key',
  's3://b',
  's3://bucket/a/../b',
  's3://bucket/./b',
  's3://user@bucket/b',
  'https://x',
])('%s is no address', (address) => {
  expect(() => parseS3(address)).toThrow();
});
