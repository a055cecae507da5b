import { resolve } from 'node:path';
import { resolveAgent } from '../../consent/agent.ts';
import type { ColumnWishes } from '../../datasets/columns.ts';
import { formats } from '../../datasets/open.ts';
import { AppError } from '../../errors.ts';
import { ownToken } from '../../net/robots-rules.ts';
import { readVersion } from '../../paths.ts';
import { type Arguments, readArguments } from '../arguments.ts';
import type { FilterOptions } from '../filter/options.ts';
import { readInputs } from '../filter/options.ts';

export const originsAtOnceMax = 10_000;
const contactCharsMax = 200;
const userAgentCharsMax = 400;

export interface GatherOptions {
  inputs: FilterOptions['inputs'];
  columns: ColumnWishes;
  /** The folder to make, as an absolute path. */
  out: string;
  agent: string;
  userAgent: string;
  /** Name looked for in robots.txt. */
  token: string;
  concurrency: number;
  fresh: boolean;
  allowPrivate: boolean;
  json: boolean;
}

/** @throws AppError `invalid` for options that are unknown, missing or at odds with each other. */
export function readGatherOptions(args: string[]): GatherOptions {
  const given = readArguments(args, {
    ...{ agent: 'string', contact: 'string', out: 'string', concurrency: 'string' },
    ...{ 'url-column': 'string', 'page-url-column': 'string', format: 'string' },
    ...{ fresh: 'boolean', 'allow-private': 'boolean', json: 'boolean' },
  });
  given.choice('format', formats);
  const out = given.text('out');
  if (out === undefined || out === '' || out === '-')
    throw new AppError('invalid', 'no --out was given', { fix: 'name the folder to make: --out signals' });
  const inputs = readInputs(given);
  if (inputs.filter(({ path }) => path === '-').length > 1)
    throw new AppError('invalid', 'stdin can be read once');
  return {
    inputs,
    columns: { named: namedColumns(given), hashType: 'sha256' },
    out: resolve(out),
    ...readAgent(given),
    concurrency: given.count('concurrency', { min: 1, max: originsAtOnceMax, otherwise: 1_000 }),
    fresh: given.flag('fresh'),
    allowPrivate: given.flag('allow-private'),
    json: given.flag('json'),
  };
}

function namedColumns(given: Arguments): ColumnWishes['named'] {
  const [url, pageUrl] = [given.text('url-column'), given.text('page-url-column')];
  return { ...(url === undefined ? {} : { url }), ...(pageUrl === undefined ? {} : { page_url: pageUrl }) };
}

/** Sites learn who asks, and the name we obey in robots.txt is the one that is sent. */
function readAgent(given: Arguments): Pick<GatherOptions, 'agent' | 'userAgent' | 'token'> {
  const agent = given.text('agent')?.trim();
  if (agent === undefined || agent === '')
    throw new AppError('invalid', 'no --agent was given', {
      fix: "say who gathers: your crawler's product token, such as --agent ExampleBot",
    });
  // RFC 9110 §10.1.5, as far as every server reads it: visible ASCII.
  if (!/^[\x20-\x7e]+$/.test(agent) || agent.length > userAgentCharsMax)
    throw new AppError('invalid', `--agent takes at most ${userAgentCharsMax} ASCII characters`);
  const contact = readContact(given);
  const { token } = resolveAgent(agent);
  if (agent.includes('/')) {
    if (token === null)
      throw new AppError('invalid', `--agent ${agent} names no crawler`, {
        fix: "a browser's User-Agent is nobody's: begin with your product token, as in ExampleBot/1.0",
      });
    if (contact !== undefined)
      throw new AppError('invalid', 'a full User-Agent is sent as it is', {
        fix: 'put the contact into it, and leave out --contact',
      });
    return { agent, userAgent: agent, token };
  }
  if (/[();]/.test(agent)) throw new AppError('invalid', `--agent ${agent} is no product token`);
  const about = contact === undefined ? `withhold/${readVersion()} signals gather` : `+${contact}`;
  return { agent, userAgent: `${ownToken}/1 (${about}; for ${agent})`, token: ownToken };
}

function readContact(given: Arguments): string | undefined {
  const contact = given.text('contact')?.trim();
  if (contact === undefined) return undefined;
  const isMail = /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(contact);
  const isAddress =
    /^https?:\/\/[\x21-\x7e]+$/.test(contact) && URL.canParse(contact) && !/[();]/.test(contact);
  if ((isMail || isAddress) && contact.length <= contactCharsMax) return contact;
  throw new AppError('invalid', `--contact takes an http or https address or a mail address, not ${contact}`);
}
