import { parseArgs } from 'node:util';
import { type Usage, usages } from '../consent/evidence.ts';
import { AppError } from '../errors.ts';
import { signalsAgeDays } from '../snapshots/signals-age.ts';
import type { Io } from './io.ts';

export type OptionTypes = Record<string, 'string' | 'boolean'>;

export interface Arguments {
  text: (name: string) => string | undefined;
  flag: (name: string) => boolean;
  /** A whole number. @throws AppError `invalid` outside the bounds. */
  count: (name: string, bounds: { min: number; max: number; otherwise: number }) => number;
  /** One of a few words. @throws AppError `invalid` naming them. */
  choice: <T extends string>(name: string, words: readonly T[]) => T | undefined;
  rest: string[];
}

/** Reads options and the other arguments. @throws AppError `invalid` in a plain sentence. */
export function readArguments(args: string[], types: OptionTypes): Arguments {
  const options = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true }) as typeof parsed;
  } catch (error) {
    const sentence = (error as Error).message.split(/\.\s|\n/)[0] ?? '';
    throw new AppError('invalid', sentence.charAt(0).toLowerCase() + sentence.slice(1), {
      fix: 'see --help',
    });
  }
  const text = (name: string) => parsed.values[name] as string | undefined;
  return {
    text,
    flag: (name) => parsed.values[name] === true,
    rest: parsed.positionals,
    count(name, { min, max, otherwise }) {
      const value = text(name);
      if (value === undefined) return otherwise;
      if (!/^\d{1,9}$/.test(value) || Number(value) < min || Number(value) > max) {
        throw new AppError('invalid', `--${name} takes a whole number from ${min} to ${max}, not ${value}`);
      }
      return Number(value);
    },
    choice(name, words) {
      const value = text(name);
      const word = words.find((one) => one === value);
      if (value !== undefined && word === undefined) {
        throw new AppError('invalid', `--${name} takes ${words.join(', ')}, not ${value}`);
      }
      return word;
    },
  };
}

/** @throws AppError `invalid` for anything behind a command that takes nothing. */
export function noArguments(args: string[]): void {
  const [first] = readArguments(args, {}).rest;
  if (first !== undefined)
    throw new AppError('invalid', `nothing goes behind this command, but there is ${first}`);
}

/** The options of every command that asks a registry. */
export const askOptions = {
  server: 'string',
  key: 'string',
  agent: 'string',
  usage: 'string',
  'retry-for': 'string',
} as const satisfies OptionTypes;

export interface Asking {
  server: string;
  key: string | undefined;
  agent: string | undefined;
  usage: Usage;
}

export function readAsking(given: Arguments, io: Io): Asking {
  return {
    server: given.text('server') ?? set(io, 'WITHHOLD_SERVER') ?? 'http://localhost:8787',
    key: given.text('key') ?? set(io, 'WITHHOLD_KEY'),
    agent: given.text('agent'),
    usage: given.choice('usage', usages) ?? 'train-ai',
  };
}

/** A variable that is set to nothing is not set. */
function set(io: Io, name: string): string | undefined {
  const value = io.env[name]?.trim();
  return value === '' ? undefined : value;
}

/** The options of a command that can ask a snapshot in place of a registry. */
export const snapshotOptions = {
  snapshot: 'string',
  signals: 'string',
  'signals-max-age': 'string',
  'allow-stale': 'boolean',
} as const satisfies OptionTypes;

/** A snapshot to ask, and what sites were found to say, each in its folder. */
export interface SnapshotWish {
  folder: string;
  allowStale: boolean;
  signals: { folder: string; maxAgeDays: number } | undefined;
}

/**
 * @param also options of asking a registry that are of use all the same.
 * @throws AppError `invalid` for options that do not go together.
 */
export function readSnapshotWish(given: Arguments, also: readonly string[] = []): SnapshotWish | undefined {
  const folder = given.text('snapshot');
  if (folder === undefined) {
    for (const name of ['signals', 'signals-max-age'] as const) {
      if (given.text(name) !== undefined) throw new AppError('invalid', `--${name} goes with --snapshot`);
    }
    if (given.flag('allow-stale')) throw new AppError('invalid', '--allow-stale goes with --snapshot');
    return undefined;
  }
  for (const name of ['server', 'key', 'retry-for']) {
    if (given.text(name) === undefined || also.includes(name)) continue;
    throw new AppError('invalid', `--${name} does not go with --snapshot, which asks no registry`);
  }
  const signals = given.text('signals');
  const bounds = { min: 1, max: signalsAgeDays.max, otherwise: signalsAgeDays.standard };
  const maxAgeDays = given.count('signals-max-age', bounds);
  return {
    folder,
    allowStale: given.flag('allow-stale'),
    signals: signals === undefined ? undefined : { folder: signals, maxAgeDays },
  };
}
