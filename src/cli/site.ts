import { siteCheck, siteUrlLengthMax } from '../actions/site.ts';
import { AppError } from '../errors.ts';
import type { SiteView } from '../http/site.ts';
import { createFetcher } from '../net/fetcher-node.ts';
import type { Fetcher } from '../net/fetching.ts';
import { createSignalsCache } from '../net/signals-cache.ts';
import { readVersion } from '../paths.ts';
import { createClient } from './api-client.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { exitDone, exitSomething, type Io, say, write } from './io.ts';
import { siteWords } from './site-words.ts';

/** `withhold site`: what a site says to every known AI crawler, line by line. */
export async function run(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    ...{ server: 'string', key: 'string', 'retry-for': 'string' },
    ...{ all: 'boolean', paste: 'boolean', json: 'boolean' },
  });
  const [url, ...more] = given.rest;
  if (url === undefined || more.length > 0 || url.length > siteUrlLengthMax) {
    throw new AppError('invalid', 'one site is checked at a time', {
      fix: 'give its address, like example.org, or see --help',
    });
  }
  const server = given.text('server') ?? (io.env.WITHHOLD_SERVER?.trim() || undefined);
  const report = await (server === undefined ? lookOurselves(url) : askRegistry(url, server, given, io));
  if (given.flag('json')) await write(io, `${JSON.stringify(report)}\n`);
  else if (given.flag('paste')) await write(io, report.paste.robots.text);
  else await write(io, siteWords(report, given.flag('all')));
  const { contradictions, mistakes, differences } = report;
  const clean = contradictions.length + mistakes.length + differences.found.length === 0;
  return clean ? exitDone : exitSomething;
}

function askRegistry(url: string, server: string, given: Arguments, io: Io): Promise<SiteView> {
  const client = createClient({
    server,
    key: given.text('key') ?? (io.env.WITHHOLD_KEY?.trim() || undefined),
    signal: io.signal,
    retryForS: given.count('retry-for', { min: 0, max: 86_400, otherwise: 10 }),
    onRetry: (words) => say(io, words),
  });
  return client.site(url);
}

/**
 * Looks from this machine, under the same guard as the service, and keeps nothing.
 *
 * @param open gives the fetcher.
 * @throws AppError `invalid` when the text is no address, `unavailable` when the site cannot be asked for anything.
 */
export async function lookOurselves(
  text: string,
  open: () => Fetcher = () => createFetcher({ userAgent: `WithholdBot/1 (withhold/${readVersion()} site)` }),
): Promise<SiteView> {
  const fetcher = open();
  const signals = createSignalsCache({
    fetcher,
    now: Date.now,
    store: { read: async () => null, write: async () => {} },
    onError: () => {},
  });
  try {
    const report = await siteCheck({ clock: Date.now, fetcher, signals }, text);
    if (report.files.every(({ state, status }) => state === 'unreachable' && status === null)) {
      throw new AppError('unavailable', `${new URL(report.url).host} does not answer`, {
        fix: 'look at the address, or try again later',
      });
    }
    return report;
  } finally {
    await signals.close();
    await fetcher.close();
  }
}
