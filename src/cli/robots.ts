import { resolveAgent } from '../consent/agent.ts';
import { robotsAllows } from '../consent/robots/match.ts';
import { parseRobots } from '../consent/robots/parse.ts';
import { AppError } from '../errors.ts';
import type { Fetcher } from '../net/fetching.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { exitDone, exitSomething, type Io, say, write } from './io.ts';
import { answerLine, answerView, answerWords, slipWords } from './robots/answers.ts';
import { answerLines } from './robots/lines.ts';
import { openFetcher, type RobotsText, readRobots } from './robots/source.ts';

/**
 * `withhold robots`: what one robots.txt says to one crawler, and which line says it.
 * @param open gives the fetcher for a robots.txt on the web.
 */
export async function run(args: string[], io: Io, open: () => Fetcher = openFetcher): Promise<number> {
  const given = readArguments(args, { agent: 'string', json: 'boolean', ndjson: 'boolean' });
  if (given.flag('ndjson')) return answerLines(given, io);
  const [file, ...urls] = given.rest;
  if (file === undefined) {
    throw new AppError('invalid', 'no robots.txt was given', {
      fix: 'give a file, - or a URL, or see --help',
    });
  }
  const source = await readRobots(file, io, open);
  for (const url of urls) refuseForeign(url, source);
  return source.body === null
    ? wholeSite(source, urls, given, io)
    : byRules(source, source.body, urls, given, io);
}

/** A robots.txt speaks for the scheme, host and port it was read from (RFC 9309 §2.3). */
function refuseForeign(url: string, { origin }: RobotsText): void {
  const asked = URL.parse(url);
  if (origin === null || asked === null || asked.origin === origin) return;
  throw new AppError('invalid', `this robots.txt speaks for ${origin} only, not for ${url}`, {
    fix: 'ask about URLs there, or paths',
  });
}

async function byRules(
  source: RobotsText,
  body: Uint8Array,
  urls: readonly string[],
  given: Arguments,
  io: Io,
): Promise<number> {
  const parsed = parseRobots(body);
  const agent = resolveAgent(given.text('agent') ?? '*');
  const token = agent.token ?? '*';
  if (agent.token === null && agent.given !== '*' && agent.given !== '') {
    say(io, `${agent.given} names no crawler, so the rules for all of them are asked for`);
  }
  if (!agent.sendsRequests)
    say(io, `${token} sends no requests: its rules are about use, not about fetching`);
  const answers = urls.map((url) => ({ url, answer: robotsAllows(parsed, { agent: token, url }) }));
  if (given.flag('json')) {
    const { diagnostics, truncated, overflow } = parsed;
    const views = answers.map(({ url, answer }) => answerView(url, token, answer));
    await write(io, answerLine({ robots: source.name, truncated, overflow, answers: views, diagnostics }));
  } else {
    for (const { url, answer } of answers) await write(io, answerWords(url, token, answer));
    await write(io, slipWords(source.name, parsed));
  }
  return answers.every(({ answer }) => answer.allowed) ? exitDone : exitSomething;
}

/** There is no file to read: the same holds for every path (RFC 9309 §2.3.1.3 and §2.3.1.4). */
async function wholeSite(
  source: RobotsText,
  urls: readonly string[],
  given: Arguments,
  io: Io,
): Promise<number> {
  const allowed = source.reason === 'no-robots-txt';
  const agent = resolveAgent(given.text('agent') ?? '*').token ?? '*';
  const answers = urls.map((url) =>
    answerView(url, agent, { ...nothingRead, allowed, reason: source.reason }),
  );
  if (given.flag('json')) {
    const rest = { truncated: false, overflow: false, answers, diagnostics: [] };
    await write(io, answerLine({ robots: source.name, ...rest }));
  } else {
    for (const url of urls) {
      await write(io, answerWords(url, agent, { ...nothingRead, allowed, reason: source.reason }));
    }
  }
  return allowed || urls.length === 0 ? exitDone : exitSomething;
}

const nothingRead = { group: null, rule: null, rivals: [] };
