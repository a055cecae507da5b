import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deliverLetters } from '../../src/actions/letters.ts';
import { announceReceipts } from '../../src/actions/receipts.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { submit } from '../../src/actions/submit.ts';
import { readConfig } from '../../src/config.ts';
import type { Letter } from '../../src/deps.ts';
import { parseLogPolicy } from '../../src/log/log-policy.ts';
import { verifyReceipt } from '../../src/log/receipt.ts';
import { openService } from '../../src/node.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';

const origin = 'http://localhost:8787';

/** A creator's browser on a service of the test's own. */
async function visit() {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-erase-pages-'));
  const posted: Letter[] = [];
  const service = await openService(readConfig({ WITHHOLD_DATA: folder, WITHHOLD_LOG_LEVEL: 'error' }), {
    mail: async (letter) => void posted.push(letter),
  });
  onTestFinished(async () => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const jar = new Map<string, string>();
  const connection = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
  const request = async (path: string, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { Accept: 'text/html', Cookie: cookie, 'Sec-Fetch-Site': 'same-origin', Origin: origin };
    const response = await service.app.request(`${origin}${path}`, { ...init, headers }, connection);
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    return response;
  };
  const page = async (path: string) => (await request(path)).text();
  const post = (path: string, fields: Record<string, string>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ csrf: jar.get('csrf') ?? '', ...fields }))
      body.set(name, value);
    return request(path, { method: 'POST', body });
  };
  /** Opens the newest link of a kind that came by letter. */
  const followLetter = async (kind: 'confirm' | 'link') => {
    await deliverLetters(service.deps);
    const path = new RegExp(`/${kind}/[\\w-]+`).exec(posted.at(-1)?.text ?? '')?.[0] ?? '';
    await page(path);
    return post(path, {});
  };
  return { deps: service.deps, posted, request, page, post, followLetter };
}

const anOptOut = (value: string) => ({
  name: 'Ada Example',
  email: 'ada@example.com',
  role: 'owner' as const,
  statement: currentStatement.version,
  usages: { 'style-imitation': 'disallow' as const },
  subjects: [
    { kind: 'name' as const, value },
    { kind: 'name' as const, value: `${value} the Second` },
  ],
});

test('a creator follows the letter to the receipt, erases a record, an opt-out, and everything', async () => {
  const { deps, posted, request, page, post, followLetter } = await visit();
  const first = await submit(deps, anOptOut('Ada <Example>'));
  await followLetter('confirm');
  await sequence(deps);
  await announceReceipts(deps);
  await followLetter('link');
  expect(posted.at(-1)?.subject).toBe('Your receipt');

  const list = await page('/my');
  const [, record = ''] = /href="(\/my\/receipt\/record\/[\w-]+)"/.exec(list) ?? [];
  expect(list).toContain(`href="/my/receipt/opt-out/${first.id}"`);
  expect(list).toContain('in the consent log');
  const policy = parseLogPolicy(await page('/log/policy'));
  for (const path of [record, `/my/receipt/opt-out/${first.id}`]) {
    const response = await request(path);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="withhold-receipt-/);
    expect(await verifyReceipt(await response.text(), policy)).toMatchObject({ ok: true });
  }

  const rid = record.slice(record.lastIndexOf('/') + 1);
  const asked = await page(`/my/erase?rid=${rid}`);
  expect(asked).toContain('What stays');
  expect(asked).toContain(`href="${record}"`);
  expect(asked).not.toContain('<Example>');
  expect((await post('/my/erase', { rid })).headers.get('location')).toBe('/my?erased=1');
  expect(await page('/my?erased=1')).toContain('1 record is erased.');
  expect((await request(`/my/erase?rid=${rid}`)).status).toBe(404);
  expect((await post('/my/erase', {})).status).toBe(400);

  const second = await submit(deps, anOptOut('Ada Later'));
  expect(await page(`/my/erase?optOut=${second.id}`)).toContain('2 records');
  expect((await post('/my/erase', { optOut: second.id })).headers.get('location')).toBe('/my?erased=2');

  expect(await page('/my/erase')).toContain('ada@example.com');
  const done = await post('/my/erase', { everything: '1' });
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Everything is erased')]);
  expect(await page('/my')).toContain('Send me a link');
  expect((await request('/my/erase')).status).toBe(303);
  expect((await post('/my/erase', { everything: '1' })).status).toBe(401);
});

test('nobody is erased by a form from elsewhere', async () => {
  const { deps, page, post, followLetter } = await visit();
  await submit(deps, anOptOut('Ada Example'));
  await followLetter('confirm');
  expect((await post('/my/erase', { everything: '1', csrf: 'x'.repeat(24) })).status).toBe(403);
  expect(await page('/my')).toContain('Ada Example the Second');
});
