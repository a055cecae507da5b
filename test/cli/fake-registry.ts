import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CheckItem, DecisionView } from '../../src/http/schemas.ts';
import { CheckRequest } from '../../src/http/schemas.ts';

/** What the registry does with one request before it answers: undefined goes on to the answer. */
export type Before = (
  request: { number: number; items: number; headers: IncomingMessage['headers']; body: string },
  response: ServerResponse,
) => undefined | 'done' | Promise<undefined | 'done'>;

export interface FakeRegistry {
  url: string;
  /** Every request body that came in, in order. */
  bodies: string[];
  before: Before | undefined;
  /** The most requests that were open at the same time. */
  openMost: number;
  close(): Promise<void>;
}

/** A registry that speaks CheckResponse over real HTTP and decides by the host name of what it is asked. */
export async function startRegistry(before?: Before): Promise<FakeRegistry> {
  let open = 0;
  const server = createServer(async (request, response) => {
    open += 1;
    registry.openMost = Math.max(registry.openMost, open);
    response.on('close', () => {
      open -= 1;
    });
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    registry.bodies.push(body);
    const parsed = CheckRequest.safeParse(JSON.parse(body));
    const items = parsed.success ? parsed.data.items.length : 0;
    const number = registry.bodies.length;
    const asked = { number, items, headers: request.headers, body };
    if ((await registry.before?.(asked, response)) === 'done') return;
    if (!parsed.success) return problem(response, 400, 'invalid', parsed.error.issues[0]?.message ?? '');
    const { usage, agent } = parsed.data;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ decisions: parsed.data.items.map((item) => decide(item, usage, agent)) }));
  });
  const registry: FakeRegistry = {
    url: await listen(server),
    bodies: [],
    before,
    openMost: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return registry;
}

export function problem(response: ServerResponse, status: number, code: string, detail: string): 'done' {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, requestId: 'r1' }));
  return 'done';
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

const observedAt = '2026-11-20T10:00:00.000Z';

/** `stop.` and `page-stop.` hosts are disallowed by the registry, `robots.` by robots.txt; see the code. */
export function decide(item: CheckItem, usage: DecisionView['usage'], agent?: string): DecisionView {
  const decision: DecisionView = {
    verdict: 'unknown',
    crawl: { verdict: 'allow', reason: 'robots.txt allows' },
    act: 'proceed',
    usage,
    agent: agent === undefined ? null : { token: agent, operator: 'Example AI', purpose: 'training' },
    reasons: [],
    warnings: [],
    notChecked: [],
    contested: false,
    asOf: [{ origin: 'registry.example/log', size: 7, root: 'aa' }],
    expiresAt: '2026-11-24T10:00:00.000Z',
    policy: 'f'.repeat(64),
  };
  const refusal = { usage, preference: 'disallow', effect: 'decides', observedAt } as const;
  const host = (url: string | undefined) => (url === undefined ? '' : new URL(url).hostname);
  const hosts = [host(item.url), host(item.page_url)];
  const is = (label: string) => hosts.some((name) => name.startsWith(`${label}.`));
  const on = (label: string) => (hosts[0]?.startsWith(`${label}.`) ? 'url' : 'page_url');
  if (is('stop')) {
    const record = { record: 'r-1', trust: 'domain', since: '2026-01-01T00:00:00.000Z' } as const;
    decision.reasons.push({
      ...refusal,
      source: 'registry',
      on: on('stop'),
      where: 'record r-1',
      quote: '',
      ...record,
    });
  }
  if (is('robots')) {
    const where = `${new URL(item.url as string).origin}/robots.txt, line 3`;
    decision.reasons.push({
      ...refusal,
      source: 'robots.txt',
      on: on('robots'),
      where,
      quote: 'Disallow: /',
    });
  }
  if (item.sha256?.startsWith('00') || item.pdq?.startsWith('00')) {
    const kind = item.sha256?.startsWith('00') ? 'exact' : 'match';
    const match = { kind, distance: kind === 'exact' ? 0 : 12, variant: 'full', orientation: 'r0' } as const;
    const record = { record: 'r-2', trust: 'email', match } as const;
    const field = kind === 'exact' ? 'sha256' : 'pdq';
    decision.reasons.push({
      ...refusal,
      source: 'registry',
      on: field,
      where: 'record r-2',
      quote: '',
      ...record,
    });
  }
  if (decision.reasons.length > 0) Object.assign(decision, { verdict: 'disallow', act: 'stop' });
  if (is('maybe')) {
    decision.act = 'review';
    decision.reasons.push({
      ...refusal,
      effect: 'possible',
      source: 'registry',
      on: on('maybe'),
      where: 'record r-3',
      quote: '',
    });
  }
  if (is('cold')) decision.notChecked.push({ source: 'robots.txt', why: 'not-fetched-yet', retryAfter: 30 });
  if (is('closed')) {
    decision.act = 'stop';
    decision.crawl = {
      verdict: 'disallow',
      reason: 'robots.txt forbids',
      where: `${new URL(item.url as string).origin}/robots.txt, line 2`,
      quote: 'Disallow: /\u001b[31m',
    };
  }
  return decision;
}
