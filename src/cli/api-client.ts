import { z } from 'zod';
import { AppError } from '../errors.ts';
import { ask, parseQuietly, registryAddress, type TransportOptions } from '../follow/transport.ts';
import type { CheckItem } from '../http/schemas.ts';
import { CheckResponse, type DecisionView } from '../http/schemas.ts';
import { SiteView } from '../http/site.ts';

/** Longest answer read: 10,000 decisions of some 25 KB. */
const answerBytesMax = 256 * 1024 * 1024;

/** Longest report of a site read: some 200 crawlers with their quotes, and 500 signals. */
const siteBytesMax = 16 * 1024 * 1024;

export interface ClientOptions extends TransportOptions {
  /** Where the registry is: an http(s) URL, a path is kept (`https://example.com/registry`). */
  server: string;
}

export interface Question {
  agent?: string | undefined;
  usage: string;
}

export interface Client {
  server: string;
  /**
   * Asks `POST /v1/check`.
   * @returns one decision per item, in order.
   * @throws AppError: `unreachable`, `unavailable` or `rate-limited` when trying for `retryForS` was in vain;
   * `too-large` or `too-many-items` for a batch to be split; `unauthorized`, `forbidden`, `invalid`, `not-found`.
   */
  check(items: readonly CheckItem[], question: Question): Promise<DecisionView[]>;
  /** Asks `GET /v1/site`. @throws AppError as `check` does. */
  site(url: string): Promise<SiteView>;
}

/** @throws AppError `invalid` for an address that is no http(s) URL. */
export function createClient(options: ClientOptions): Client {
  const server = registryAddress(options.server);
  return {
    server,
    async check(items, question) {
      const body = JSON.stringify({ ...question, items });
      const url = `${server}/v1/check`;
      const answer = await ask(options, { url, body, accept: 'application/json', bytesMax: answerBytesMax });
      const parsed = CheckResponse.safeParse(parseJson(answer.toString(), url));
      if (!parsed.success) {
        const issue = z.prettifyError(parsed.error).split('\n')[0] ?? '';
        throw new AppError('invalid', `${server} gave an answer this version does not understand: ${issue}`);
      }
      const { decisions } = parsed.data;
      if (decisions.length !== items.length) {
        throw new AppError(
          'invalid',
          `${server} gave ${decisions.length} decisions for ${items.length} items`,
        );
      }
      return decisions;
    },
    async site(url) {
      const asked = `${server}/v1/site?url=${encodeURIComponent(url)}`;
      const wanted = { url: asked, accept: 'application/json', bytesMax: siteBytesMax };
      const parsed = SiteView.safeParse(parseJson((await ask(options, wanted)).toString(), asked));
      if (parsed.success) return parsed.data;
      const issue = z.prettifyError(parsed.error).split('\n')[0] ?? '';
      throw new AppError('invalid', `${server} gave an answer this version does not understand: ${issue}`);
    },
  };
}

function parseJson(text: string, url: string): unknown {
  const value = parseQuietly(text);
  if (value !== undefined) return value;
  throw new AppError('invalid', `${new URL(url).origin} did not answer in JSON`, { fix: 'look at --server' });
}
