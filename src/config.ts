import { z } from 'zod';
import { AppError } from './errors.ts';

/**
 * Every setting, its default and its meaning; docs/operators.md prints this table. Names in the environment are
 * `WITHHOLD_` plus the upper-case name.
 */
export const settings = {
  origin: z
    .url({ protocol: /^https?$/ })
    .default('http://localhost:8787')
    .describe(
      'Where people and crawlers reach the service. Anything but localhost is production: https only.',
    ),
  port: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Port to listen on (Node). Default 8787, or the port of an origin on localhost.'),
  host: z
    .string()
    .optional()
    .describe('Address to bind. Default 127.0.0.1 in development, 0.0.0.0 otherwise.'),
  data: z
    .string()
    .default('./data')
    .describe('Folder of the database and, in development, the secrets (Node).'),
  secrets: z
    .string()
    .optional()
    .describe(
      '`id:base64,…`: 32-byte keys, the first is current. Made for you in development, required otherwise.',
    ),
  log_keys: z
    .string()
    .optional()
    .describe('Signing keys of the consent log (Workers); on Node they lie in `log-key` in the data folder.'),
  smtp: z
    .string()
    .optional()
    .describe('SMTP server as a URL, `smtps://user:pass@host:465`. Required in production (Node).'),
  mail_from: z.string().optional().describe('Sender of letters. Default withhold@ the host of the origin.'),
  operator: z.string().default('The operator of this registry').describe('Who runs this registry, by name.'),
  imprint: z.string().optional().describe('Text of the imprint page: address and responsible person.'),
  privacy_contact: z.string().optional().describe('Where people write about their data; shown on /privacy.'),
  terms: z.string().optional().describe('Additional terms for consumers, shown on /terms.'),
  dns: z
    .string()
    .optional()
    .describe('DNS servers for proofs and fetches, `1.1.1.1,8.8.8.8`. Default: the system.'),
  log_level: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('How much is logged.'),
  trust_proxy: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('How many proxies in front add to X-Forwarded-For; 0 takes the address of the connection.'),
  snapshot_every: z.coerce
    .number()
    .min(0)
    .max(720)
    .optional()
    .describe(
      'Hours between snapshots that the service makes by itself (Node); 0 for none. Default 24, in development 0.',
    ),
  snapshot_keep: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('Snapshots that are kept and offered, the newest first; none outlives its 31 days.'),
} as const;

const environment = z.object(settings);

export type Config = Readonly<
  Omit<z.infer<typeof environment>, 'dns' | 'host' | 'port' | 'snapshot_every'> & {
    development: boolean;
    host: string;
    port: number;
    dns: string[];
    mail_from: string;
    snapshot_every: number;
  }
>;

/**
 * Reads the settings from a plain record (`process.env`, or the Worker's `env`).
 * @throws AppError `misconfigured`, one sentence that names the variable and what to set.
 */
export function readConfig(env: Record<string, unknown>): Config {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(settings)) {
    const value = env[`WITHHOLD_${name.toUpperCase()}`];
    if (typeof value === 'string' && value.trim() !== '') given[name] = value.trim();
  }
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = `WITHHOLD_${String(issue?.path[0] ?? '').toUpperCase()}`;
    throw new AppError('misconfigured', `${name}: ${issue?.message ?? 'is not usable'}`, { field: name });
  }
  const origin = new URL(parsed.data.origin);
  const development = isLocal(origin.hostname);
  if (!development && origin.protocol !== 'https:') {
    throw new AppError('misconfigured', 'WITHHOLD_ORIGIN must start with https:// unless it is localhost');
  }
  if (!development && parsed.data.secrets === undefined) {
    throw new AppError(
      'misconfigured',
      'WITHHOLD_SECRETS is required in production: make one with `withhold key secret` and keep it safe',
    );
  }
  return Object.freeze({
    ...parsed.data,
    origin: origin.origin,
    development,
    host: parsed.data.host ?? (development ? '127.0.0.1' : '0.0.0.0'),
    port: parsed.data.port ?? (development && origin.port !== '' ? Number(origin.port) : 8787),
    dns: (parsed.data.dns ?? '')
      .split(',')
      .flatMap((server) => (server.trim() === '' ? [] : [server.trim()])),
    snapshot_every: parsed.data.snapshot_every ?? (development ? 0 : 24),
    mail_from: parsed.data.mail_from ?? `withhold@${origin.hostname}`,
  });
}

/** Whether a host name of an origin means this machine, as the WHATWG URL Standard writes it. */
/** Whether this is a name of the machine itself, whose registry is one for development. */
export function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^(127\.|\[::1\]$)/.test(hostname);
}
