import { AwsClient } from 'aws4fetch';
import { SaxesParser } from 'saxes';
import { AppError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { openRanged } from './http-source.ts';
import { get, type Prepare, type SourceDeps, textOf } from './requests.ts';

export interface S3Address {
  bucket: string;
  /** An object's key, or the start of several. */
  key: string;
}

const listBytesMax = 8 * 1024 * 1024;
const regionDefault = 'us-east-1';

/** @throws AppError `invalid` for what is no `s3://bucket/key`. */
export function parseS3(address: string): S3Address {
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,62})(?:\/([\s\S]*))?$/i.exec(address) ?? [];
  if (bucket === undefined) throw new AppError('invalid', 'is no address of the form s3://bucket/key');
  // URLs take such segments for steps through folders, which keys do not have.
  if (/(^|\/)\.{1,2}(\/|$)/.test(key ?? '')) throw new AppError('invalid', 'has a key with . or .. in it');
  return { bucket, key: key ?? '' };
}

/** Opens an object of S3 or of a server that speaks its protocol (`AWS_ENDPOINT_URL`). @throws AppError */
export async function openS3Source(deps: SourceDeps, address: string): Promise<ByteSource> {
  const { bucket, key } = parseS3(address);
  const url = `${bucketUrl(deps, bucket)}${key.split('/').map(encoded).join('/')}`;
  return openRanged(deps, signed(deps, url));
}

/** As the signature has it (RFC 3986 §2.3), so that servers need not agree on what to make of other characters. */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Keys that start with `key`, in order (ListObjectsV2).
 * @throws AppError when there are more than `keysMax`.
 */
export async function listS3(
  deps: SourceDeps,
  { bucket, key }: S3Address,
  keysMax: number,
): Promise<string[]> {
  const keys: string[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const url = new URL(bucketUrl(deps, bucket));
    url.searchParams.set('list-type', '2');
    url.searchParams.set('prefix', key);
    if (token !== '') url.searchParams.set('continuation-token', token);
    // URLSearchParams writes a space as +, which the signature is not made of.
    const prepare = signed(deps, url.href.replaceAll('+', '%20'));
    const text = await get(deps, prepare, {}, async (response) => {
      if (response.status === 200) return textOf(response, listBytesMax);
      await response.body?.cancel();
      throw listRefusal(response);
    });
    const page = readList(text);
    if (page.next !== undefined && page.next === token) throw unreadable();
    keys.push(...page.keys);
    if (keys.length > keysMax) throw new AppError('too-large', `holds more than ${keysMax} objects`);
    token = page.next;
  }
  return keys;
}

function listRefusal(response: Response): AppError {
  const region = response.headers.get('x-amz-bucket-region');
  if (region !== null && response.status !== 403) {
    return new AppError('invalid', `is in region ${region}`, { fix: `set AWS_REGION=${region}` });
  }
  if (response.status === 404) return new AppError('not-found', 'is no bucket (404)');
  return new AppError('forbidden', `cannot be listed: the server answers ${response.status}`);
}

function bucketUrl({ env }: SourceDeps, bucket: string): string {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  if (endpoint) {
    if (!/^https?:\/\/[^?#]+$/.test(endpoint) || !URL.canParse(endpoint)) {
      throw new AppError('misconfigured', 'cannot be reached: AWS_ENDPOINT_URL is no http address');
    }
    return `${endpoint.replace(/\/+$/, '')}/${bucket}/`;
  }
  const host = `s3.${regionOf(env)}.amazonaws.com`;
  // A certificate's wildcard stands for one label, and no further.
  return bucket.includes('.') ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
}

function regionOf(env: SourceDeps['env']): string {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || regionDefault;
}

/** Requests signed by Signature Version 4, or plain ones where the environment holds no keys. */
function signed({ env }: SourceDeps, url: string): Prepare {
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  // Redirects lead to another region, where another signature is needed.
  const init = { redirect: 'manual' } as const;
  if (!accessKeyId || !secretAccessKey) return async (headers) => new Request(url, { ...init, headers });
  const sessionToken = env.AWS_SESSION_TOKEN;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    service: 's3',
    region: regionOf(env),
    ...(sessionToken ? { sessionToken } : {}),
  });
  return (headers) => client.sign(url, { ...init, headers });
}

/** Keys of one page of a listing, and the token of the next page. */
function readList(xml: string): { keys: string[]; next: string | undefined } {
  const keys: string[] = [];
  const page = { next: '', isTruncated: false };
  const path: string[] = [];
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw unreadable(error);
  });
  parser.on('opentag', ({ name }) => {
    path.push(name);
    text = '';
  });
  parser.on('text', (part) => {
    text += part;
  });
  parser.on('closetag', () => {
    const at = path.slice(1).join('/');
    if (at === 'Contents/Key') keys.push(text);
    if (at === 'NextContinuationToken') page.next = text;
    if (at === 'IsTruncated') page.isTruncated = text.trim() === 'true';
    path.pop();
    text = '';
  });
  parser.write(xml).close();
  return { keys, next: page.isTruncated && page.next !== '' ? page.next : undefined };
}

function unreadable(cause?: unknown): AppError {
  return new AppError('unavailable', 'cannot be listed: the server does not answer as S3 does', { cause });
}
