import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { resolveAgent } from '../../consent/agent.ts';
import type { ParsedRobots } from '../../consent/robots/file.ts';
import { robotsAllows } from '../../consent/robots/match.ts';
import { parseRobots } from '../../consent/robots/parse.ts';
import { readLines } from '../../datasets/lines.ts';
import { AppError } from '../../errors.ts';
import { createLru } from '../../net/lru.ts';
import type { Arguments } from '../arguments.ts';
import { exitDone, exitSomething, type Io, say, sentenceOf, stopIfAsked, write } from '../io.ts';
import { type AnswerView, answerLine, answerView } from './answers.ts';

/** Room for 500 KiB of robots.txt with every byte escaped, and the question. */
const lineBytesMax = 4 * 1024 * 1024;

/** The same file is often asked about many times in a row. */
const keptFiles = { entriesMax: 64, bytesMax: 16 * 1024 * 1024 };

const Asked = z.object({
  robots: z.string(),
  agent: z.string().default('*'),
  url: z.string(),
});

/** Stands in the place of an answer, so that answers and questions stay side by side. */
interface BadLine {
  allowed: null;
  reason: 'bad-line';
  error: string;
}

/**
 * `withhold robots --ndjson`: one question a line in, one answer a line out, in order, as fast as the reader takes
 * them. A line that cannot be read is told and answered with `allowed: null`; empty lines are passed over.
 *
 * @returns 0 when everything is allowed, 1 when something is not or a line is bad.
 */
export async function answerLines(given: Arguments, io: Io): Promise<number> {
  const [file = '-', another] = given.rest;
  if (another !== undefined || given.text('agent') !== undefined || given.flag('json')) {
    throw new AppError('invalid', '--ndjson takes everything from its lines, and at most one file of them');
  }
  const answer = answerer();
  let isClean = true;
  for await (const { number, raw } of readLines(linesOf(file, io), lineBytesMax)) {
    stopIfAsked(io);
    if (raw !== undefined && raw.toString('latin1').trim() === '') continue;
    const found = raw === undefined ? bad('the line is too long') : answer(raw.toString('utf8'));
    if (found.allowed === null) say(io, `line ${number}: ${found.error}`);
    isClean &&= found.allowed === true;
    await write(io, answerLine(found));
  }
  return isClean ? exitDone : exitSomething;
}

async function* linesOf(file: string, io: Io): AsyncGenerator<Buffer> {
  try {
    yield* file === '-' ? io.stdin : createReadStream(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AppError('invalid', `${file === '-' ? 'stdin' : file} cannot be read (${code ?? message})`);
  }
}

function answerer(): (line: string) => AnswerView | BadLine {
  const files = createLru<{ parsed: ParsedRobots; bytes: number }>(keptFiles, ({ bytes }) => bytes);
  const parsedOf = (robots: string): ParsedRobots => {
    const known = files.get(robots);
    if (known !== undefined) return known.parsed;
    const parsed = parseRobots(robots);
    files.set(robots, { parsed, bytes: robots.length * 2 });
    return parsed;
  };
  return (line) => {
    try {
      const { robots, agent, url } = Asked.parse(JSON.parse(line));
      const token = resolveAgent(agent).token ?? '*';
      return answerView(url, token, robotsAllows(parsedOf(robots), { agent: token, url }));
    } catch (error) {
      if (error instanceof AppError) return bad(sentenceOf(error));
      if (error instanceof z.ZodError) return bad(issueWords(error));
      if (error instanceof SyntaxError) return bad('this is not JSON');
      throw error;
    }
  };
}

function bad(error: string): BadLine {
  return { allowed: null, reason: 'bad-line', error };
}

function issueWords({ issues }: z.ZodError): string {
  const [issue] = issues;
  const field = issue?.path.join('.');
  return field ? `${field}: ${issue?.message}` : 'this is not an object with robots, agent and url';
}
