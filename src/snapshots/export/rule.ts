import { AppError } from '../../errors.ts';
import type { ScopeKind } from '../../opt-outs/scope.ts';

/** A part of the web that may not be taken, in the canonical spelling of its key, ready to be said in other words. */
export interface Rule {
  kind: ScopeKind;
  key: string;
  /** In its ordinary form: `www.example.com`, `1.2.3.4`, `[::1]`. */
  host: string;
  /** As in a key: `com,example,www`; an address stays as it is. */
  hostSurt: string;
  isIp: boolean;
  /** Decimal, or empty for the default port of either scheme and for a domain. */
  port: string;
  /** Of a domain `/`. A prefix with the path `/` is this host without its subdomains. */
  path: string;
  /** Without its `?`; null when there is none. */
  query: string | null;
}

const domainPattern = /^[a-z0-9_-]+(?:,[a-z0-9_-]+)*$/;
// Authority, path, query: a canonical key is printable ASCII, so no line end, blank or `#` can come out of one.
const otherPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9_.,-]+)(?::(\d{1,5}))?\)(\/[!"$->@-~]*)(?:\?([!"$-~]*))?$/;

/**
 * Takes a key apart.
 * @throws AppError `invalid` for a key that no rule of this version has: to leave it out would be to allow.
 */
export function ruleOf(kind: ScopeKind, key: string): Rule {
  if (kind === 'domain' && domainPattern.test(key)) {
    return { kind, key, host: reversed(key), hostSurt: key, isIp: false, port: '', path: '/', query: null };
  }
  const parts = kind === 'domain' ? null : otherPattern.exec(key);
  if (parts === null || (kind === 'prefix' && parts[4] !== undefined)) {
    throw new AppError('invalid', `the snapshot holds a key this version does not understand: ${key}`, {
      fix: 'use a newer version of withhold',
    });
  }
  const [, hostSurt = '', port = '', path = '/', query = null] = parts;
  // No name has a dot in its key, and no address has a comma.
  const isIp = hostSurt.startsWith('[') || hostSurt.includes('.');
  return { kind, key, host: isIp ? hostSurt : reversed(hostSurt), hostSurt, isIp, port, path, query };
}

const reversed = (hostSurt: string): string => hostSurt.split(',').reverse().join('.');

/** What rules are of and for, as every file of them says. */
export interface About {
  format: string;
  /** Name of the log. */
  origin: string;
  /** State of the log the rules are true to. */
  size: number;
  root: string;
  /** RFC 3339 UTC with milliseconds: when the snapshot was made, and until when it may be used. */
  snapshotAt: string;
  notAfter: string;
  isStale: boolean;
  usage: string;
  /** Product token of whoever asks, where one is named. */
  agent: string | null;
  /** With a port where it is not the default one; for robots.txt alone. */
  host: string | null;
}

/** How well rules could be said. */
export interface Tally {
  /** Rules that were given. */
  rules: number;
  /** Of them, those that stand in the file, whole or in part. */
  written: number;
  /** Of those, the ones that refuse more here than what was said. */
  wider: number;
  /** Rules that this format cannot say, or says in part only. */
  unsaid: number;
}

export const emptyTally = (): Tally => ({ rules: 0, written: 0, wider: 0, unsaid: 0 });

/** A file of rules for a tool that cannot ask. */
export interface RuleFormat {
  /** What it cannot say of any rule. */
  limits: string;
  /** Where the rules stand that it leaves out; null where it leaves out none. */
  elsewhere: string | null;
  /**
   * The whole file, bit by bit.
   * @param rules each once, those of one host together, of a host by kind.
   * @param tally is brought up to date on the way.
   */
  write(rules: AsyncIterable<readonly Rule[]>, about: About, tally: Tally): AsyncGenerator<string>;
}

/** What stands at the head of a file, without the marks of a comment. */
export function headWords(about: About, { limits }: Pick<RuleFormat, 'limits'>): string[] {
  const { format, origin, size, root, snapshotAt, notAfter, isStale, usage, agent, host } = about;
  const whose = agent === null ? '' : ` by ${agent}`;
  const where = host === null ? '' : ` on ${host}`;
  return [
    `withhold ${format}: what may not be taken for ${usage}${whose}${where}, as ${origin} has it`,
    `log size ${size}, root ${root}; snapshot of ${snapshotAt}, not to be used after ${notAfter}`,
    ...(isStale ? ['PAST ITS DATE: what was withdrawn or erased since may still be in it'] : []),
    limits,
  ];
}

/** What stands at the end of a file, when all of it is known. */
export function tailWords(tally: Tally, { elsewhere }: Pick<RuleFormat, 'elsewhere'>): string {
  const { rules, written, wider, unsaid } = tally;
  const left = elsewhere === null ? '' : `; ${unsaid} need another list: ${elsewhere}`;
  return `${written} of ${rules} rules; ${wider} of them refuse more than was said${left}`;
}
