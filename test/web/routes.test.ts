import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueAdminLink } from '../../src/actions/admin.ts';
import { readConfig } from '../../src/config.ts';
import { openService, type Service } from '../../src/node.ts';
import { newSecret } from '../../src/secrets.ts';
import { contentSecurityPolicy } from '../../src/web/page.ts';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

interface Site {
  service: Service;
  origin: string;
  folder: string;
}

async function openSite(origin: string): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-routes-'));
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const config = readConfig({
    WITHHOLD_ORIGIN: origin,
    WITHHOLD_DATA: folder,
    WITHHOLD_SECRETS: newSecret('test', random),
    WITHHOLD_SMTP: 'smtp://127.0.0.1:9',
  });
  const service = await openService(config, { log: quiet, mail: async () => {}, limitScale: 1_000 });
  return { service, origin, folder };
}

/** A browser's half: keeps cookies, says where its forms come from. */
function browse({ service, origin }: Site) {
  const jar = new Map<string, string>();
  const connection = {
    incoming: { socket: { remoteAddress: '192.0.2.1', remotePort: 1, remoteFamily: 'IPv4' } },
  };
  const request = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    if (!headers.has('Accept')) headers.set('Accept', 'text/html');
    const response = await service.app.request(`${origin}${path}`, { ...init, headers }, connection);
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  const csrfOn = async (path: string) =>
    /name="csrf" value="([^"]+)"/.exec(await (await request(path)).text())?.[1] ?? '';
  const post = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin', Origin: origin },
  ) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return request(path, { method: 'POST', body, headers });
  };
  return { jar, request, post, csrfOn };
}

let local: Site;
let live: Site;

beforeAll(async () => {
  local = await openSite('http://localhost:8787');
  live = await openSite('https://withhold.example');
});

afterAll(async () => {
  for (const { service, folder } of [local, live]) {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

const paths = [
  '/',
  '/opt-out',
  '/opt-out/sent',
  '/my',
  '/check',
  '/site',
  '/bot',
  '/for-crawlers',
  '/transparency',
  '/imprint',
  '/privacy',
  '/terms',
  '/docs',
];

describe('every page', () => {
  test.each(paths)('%s answers whole, under the policy, and is kept by no shared cache', async (path) => {
    const response = await browse(live).request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
    expect(response.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    expect(response.headers.get('cache-control')).toMatch(/^private, no-/);
    const page = await response.text();
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>$/);
    expect(page).not.toMatch(
      /<script(?![^>]*\ssrc=)|\sstyle="|\son[a-z]+="|https?:\/\/(?!withhold\.example|example\.com|www\.w3)/,
    );
    expect(page).not.toMatch(/undefined|\[object|NaN/);
  });

  test('links only to what is there', async () => {
    const visitor = browse(local);
    const seen = new Set<string>();
    for (const path of [...paths, '/outbox']) {
      const page = await (await visitor.request(path)).text();
      for (const [, href = ''] of page.matchAll(/(?:href|src|action)="(\/[^"#]*)/g))
        seen.add(href.replaceAll('&amp;', '&'));
    }
    const ours = [...seen].filter((href) => !/^\/(client\/|v1\/check\?)/.test(href));
    expect(ours.length).toBeGreaterThan(15);
    for (const href of ours) {
      const { status } = await visitor.request(href);
      expect(
        [200, 404, 405].includes(status) && (status === 200 || href === '/my/link'),
        `${href}: ${status}`,
      ).toBe(true);
    }
  });
});

describe('cookies', () => {
  test('are bound to the origin, to https and to the server', async () => {
    const response = await browse(live).request('/opt-out');
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-csrf=[\w-]{24}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
  });

  test('a new session makes old forms worthless', async () => {
    const visitor = browse(local);
    const before = await visitor.csrfOn('/opt-out');
    const link = new URL((await issueAdminLink(local.service.deps, true)) ?? '').pathname;
    const csrf = await visitor.csrfOn(link);
    expect(csrf).toBe(before);
    const signedIn = await visitor.post(link, { csrf });
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/admin']);
    expect((await visitor.post('/admin/keys', { csrf: before, name: 'x', scopes: 'check' })).status).toBe(
      403,
    );
    const fresh = await visitor.csrfOn('/admin');
    const made = await visitor.post('/admin/keys', { csrf: fresh, name: 'Example Crawler', scopes: 'check' });
    expect(made.status).toBe(200);
    const key = /wh_[\w-]{32}/.exec(await made.text())?.[0];
    expect(key).toBeDefined();
    expect(await (await visitor.request('/admin')).text()).not.toContain(key);
    expect((await browse(local).request(link)).status).toBe(410);
  });
});

describe('a form from elsewhere is refused', () => {
  const forms = [
    '/confirm/x',
    '/link/x',
    '/my/link',
    '/my/sign-out',
    '/my/withdraw',
    '/my/restore',
    '/my/withdraw-all',
    '/my/proofs/check',
    '/admin/x',
    '/admin/keys',
    '/admin/keys/revoke',
    '/admin/records/release',
    '/admin/records/reject',
    '/opt-out',
  ];
  const cases: [string, (csrf: string) => [Record<string, string>, Record<string, string>]][] = [
    ['without a token', () => [{}, { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://withhold.example' }]],
    ['with a wrong token', () => [{ csrf: 'A'.repeat(24) }, { 'Sec-Fetch-Site': 'same-origin' }]],
    [
      'from another site',
      (csrf) => [{ csrf }, { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
    ],
    [
      'from a sibling',
      (csrf) => [{ csrf }, { 'Sec-Fetch-Site': 'same-site', Origin: 'https://evil.withhold.example' }],
    ],
    ['with an origin of nobody', (csrf) => [{ csrf }, { Origin: 'null' }]],
    ['without a word where it comes from', (csrf) => [{ csrf }, {}]],
  ];

  test.each(forms.flatMap((path) => cases.map(([how, make]) => [path, how, make] as const)))(
    '%s %s',
    async (path, _, make) => {
      const visitor = browse(live);
      const [fields, headers] = make(await visitor.csrfOn('/opt-out'));
      const response = await visitor.post(
        path,
        { ...fields, rid: 'x', host: 'example.com', email: 'a@example.com' },
        headers,
      );
      expect(response.status).toBe(403);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(await response.text()).toContain('This form was not sent from a page of this site');
    },
  );

  test('the opt-out form comes back with what was typed and a token that is good', async () => {
    const visitor = browse(live);
    const first = await visitor.csrfOn('/opt-out');
    visitor.jar.clear();
    const typed = {
      csrf: first,
      name: 'Karin "K" <Muster>',
      urls: 'https://example.com/a.jpg',
      'usage-search': 'disallow',
    };
    const response = await visitor.post('/opt-out', typed);
    expect(response.status).toBe(403);
    const page = await response.text();
    expect(page).toContain('Karin &quot;K&quot; &lt;Muster&gt;');
    expect(page).toContain('https://example.com/a.jpg</textarea>');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const again = await visitor.post('/opt-out', { ...typed, csrf });
    expect(again.status).toBe(400);
    expect(await again.text()).toContain('href="#email"');
  });
});

describe('problems', () => {
  test('are pages for people', async () => {
    const response = await browse(local).request('/nowhere');
    expect(response.status).toBe(404);
    const page = await response.text();
    expect(page).toContain('<h1>Not found</h1>');
    expect(page).toContain(response.headers.get('x-request-id') ?? 'none');
  });

  test.each([
    ['/nowhere', 'application/json'],
    ['/v1/nowhere', 'text/html'],
    ['/v1/check', 'text/html'],
  ])('stay problem details for programs: %s as %s', async (path, accept) => {
    const response = await browse(local).request(path, { headers: { Accept: accept } });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('an upload that is too large is said on a page', async () => {
    const visitor = browse(local);
    const csrf = await visitor.csrfOn('/opt-out');
    const body = new FormData();
    body.set('csrf', csrf);
    body.set('picture', new File([new Uint8Array(30 * 1_048_576)], 'large.png'));
    const encoded = new Response(body);
    const headers = {
      'Sec-Fetch-Site': 'same-origin',
      'Content-Type': encoded.headers.get('content-type') ?? '',
    };
    const bytes = await encoded.arrayBuffer();
    const response = await visitor.request('/opt-out', { method: 'POST', body: bytes, headers });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain('<h1>Too large</h1>');
  });

  test.each(['confirm', 'link', 'admin'])('a /%s link nobody made says what to do next', async (kind) => {
    const response = await browse(local).request(`/${kind}/made-up`);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(await response.text()).toContain('<h1>This link is not complete</h1>');
  });
});

test('letters are shown in development only', async () => {
  expect((await browse(live).request('/outbox')).status).toBe(404);
  expect((await browse(local).request('/outbox')).status).toBe(200);
});

test('the administration is for administrators', async () => {
  expect((await browse(live).request('/admin')).status).toBe(401);
});

test('asking for a link says the same of known and unknown addresses', async () => {
  const visitor = browse(local);
  const csrf = await visitor.csrfOn('/my');
  const response = await visitor.post('/my/link', { csrf, email: 'nobody@example.com' });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('If there are opt-outs for');
  expect((await visitor.post('/my/link', { csrf, email: 'nobody' })).status).toBe(400);
});

describe('check', () => {
  test.each([
    ['', 400, 'Enter an address'],
    ['not an address', 400, 'This is not a web address'],
    ['javascript:alert(1)', 400, 'This is not a web address'],
    ['"><x-evil>', 400, '&quot;&gt;&lt;x-evil&gt;'],
  ])('%j', async (url, status, words) => {
    const response = await browse(local).request(`/check?url=${encodeURIComponent(url)}`);
    expect(response.status).toBe(status);
    const page = await response.text();
    expect(page).toContain(words);
    expect(page).not.toContain('<x-evil>');
  });
});

test('static files are kept for good under the version of their content, and only then', async () => {
  const visitor = browse(local);
  const page = await (await visitor.request('/')).text();
  const style = /href="(\/style\.css[^"]*)"/.exec(page)?.[1] ?? '';
  expect(style).toMatch(/\?v=[0-9a-f]{12}$/);
  const versioned = await visitor.request(style);
  expect(versioned.headers.get('cache-control')).toContain('immutable');
  expect(versioned.headers.get('content-type')).toBe('text/css; charset=utf-8');
  expect((await visitor.request('/style.css')).headers.get('cache-control')).not.toContain('immutable');
  const etag = versioned.headers.get('etag') ?? '';
  expect((await visitor.request(style, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  for (const path of [
    '/../package.json',
    '/client/../../package.json',
    '/%2e%2e/package.json',
    '/.gitignore',
  ])
    expect((await visitor.request(path)).status).toBe(404);
});
