import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Keys {
  id: string;
  secret: string;
  token?: string;
  region: string;
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The signature that Signature Version 4 asks for, made from what came over the wire ("Authenticating Requests:
 * Using the Authorization Header", Amazon S3 API reference), independent of the library that signs. The path counts
 * as it was sent, as in Amazon's own code.
 */
export function signatureOf(
  method: string,
  target: string,
  headers: Readonly<Record<string, string | undefined>>,
  keys: Keys,
  signedHeaders: string,
): string {
  const [path = '', query = ''] = target.split('?');
  const canonicalQuery = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=').map((part) => encoded(decodeURIComponent(part))))
    .map(([name, value = '']) => `${name}=${value}`)
    .sort()
    .join('&');
  const lines = signedHeaders
    .split(';')
    .map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  const request = [
    method,
    path,
    canonicalQuery,
    lines.join(''),
    signedHeaders,
    headers['x-amz-content-sha256'],
  ];
  const time = headers['x-amz-date'] ?? '';
  const day = time.slice(0, 8);
  const scope = `${day}/${keys.region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(request.join('\n'))].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${keys.secret}`, day), keys.region));
  return createHmac('sha256', key).update(text).digest('hex');
}

/** What is wrong with a request's authorization; undefined when nothing is. */
export function wrongWith(request: IncomingMessage, keys: Keys): string | undefined {
  const headers = request.headers as Record<string, string | undefined>;
  const [, id, scope, signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (id !== keys.id) return 'another key';
  if (scope !== `${headers['x-amz-date']?.slice(0, 8)}/${keys.region}/s3/aws4_request`)
    return 'another scope';
  if (headers['x-amz-security-token'] !== keys.token) return 'another token';
  const all = signed.split(';');
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (needed.some((name) => !all.includes(name))) return 'headers that are not signed';
  const expected = signatureOf(request.method ?? '', request.url ?? '', headers, keys, signed);
  return signature === expected ? undefined : 'another signature';
}

/** A server of one bucket that speaks as much of S3 as reading needs. @param keys undefined for a public bucket. */
export async function s3Server(
  bucket: string,
  objects: ReadonlyMap<string, Buffer>,
  keys: Keys | undefined,
  pageKeys = 1_000,
) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server');
    seen.push(`${request.headers.range ?? ''} ${url.pathname}${url.search}`.trim());
    const wrong = keys === undefined ? request.headers.authorization : wrongWith(request, keys);
    if (wrong !== undefined)
      return void response.writeHead(403).end(`<Error><Message>${wrong}</Message></Error>`);
    if (url.pathname === `/${bucket}/`) return list(url, response);
    const key = decodeURIComponent(url.pathname.slice(bucket.length + 2));
    const object = objects.get(key);
    if (object === undefined || !url.pathname.startsWith(`/${bucket}/`))
      return void response.writeHead(404).end();
    sendRange(request, response, object);
  });

  function list(url: URL, response: ServerResponse): void {
    const prefix = url.searchParams.get('prefix') ?? '';
    const from = Number(url.searchParams.get('continuation-token') ?? 0);
    const found = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const page = found.slice(from, from + pageKeys);
    const next = from + page.length;
    const escaped = (key: string) => key.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const more = next < found.length ? `<NextContinuationToken>${next}</NextContinuationToken>` : '';
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
          `<Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix><IsTruncated>${more !== ''}</IsTruncated>${more}` +
          `${page.map((key) => `<Contents><Key>${escaped(key)}</Key><Owner><ID>x</ID></Owner></Contents>`).join('')}</ListBucketResult>`,
      );
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendRange(request: IncomingMessage, response: ServerResponse, object: Buffer): void {
  const [, start = '0', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const etag = `"${createHash('md5').update(object).digest('hex')}"`;
  if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag) {
    return void response.writeHead(412).end();
  }
  const part = object.subarray(Number(start), Number(last) + 1);
  const contentRange = `bytes ${start}-${Number(start) + part.length - 1}/${object.length}`;
  response.writeHead(206, { etag, 'content-range': contentRange, 'content-length': part.length }).end(part);
}
