import { z } from 'zod';
import { settings } from '../config.ts';
import { AppError } from '../errors.ts';

/** Most keys a replica knows. */
const keysMax = 1_000;

const environment = z.object({
  origin: z.url({ protocol: /^https?$/ }).optional(),
  host: z.string().default('127.0.0.1'),
  port: settings.port,
  dns: settings.dns,
  log_level: settings.log_level,
  trust_proxy: settings.trust_proxy,
  replica_keys: z.string().optional(),
});

/** The settings of a replica, from the same environment as those of the service. */
export interface ReplicaConfig {
  /** Where sites that its crawler visits find what it is; null for `http://` and the address it listens on. */
  origin: string | null;
  host: string;
  port: number;
  dns: string[];
  log_level: z.infer<(typeof settings)['log_level']>;
  trust_proxy: number;
  /** `WITHHOLD_REPLICA_KEYS`: with none, everybody who reaches it may ask for as much as they like. */
  keys: string[];
}

/** @throws AppError `misconfigured`, one sentence that names the variable and what to set. */
export function readReplicaConfig(env: Readonly<Record<string, string | undefined>>): ReplicaConfig {
  const given = Object.fromEntries(
    Object.keys(environment.shape).flatMap((name) => {
      const value = env[`WITHHOLD_${name.toUpperCase()}`]?.trim();
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = `WITHHOLD_${String(issue?.path[0] ?? '').toUpperCase()}`;
    throw new AppError('misconfigured', `${field}: ${issue?.message ?? 'is not usable'}`, { field });
  }
  const { replica_keys: keyList = '', dns = '', origin, port = 8_787, ...same } = parsed.data;
  const keys = wordsOf(keyList);
  const wrong = keys.find((key) => !/^wh_\S{16,100}$/.test(key));
  if (wrong !== undefined || keys.length > keysMax) {
    throw new AppError(
      'misconfigured',
      `WITHHOLD_REPLICA_KEYS takes up to ${keysMax} keys with commas between, each wh_ and at least 16 characters`,
    );
  }
  return {
    ...same,
    port,
    keys,
    dns: wordsOf(dns),
    origin: origin === undefined ? null : new URL(origin).origin,
  };
}

const wordsOf = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
