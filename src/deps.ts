import type { Database } from '../db/database.ts';
import type { Config } from './config.ts';

/**
 * Everything an action needs from outside. Built once by node.ts or worker.ts; tests build their own.
 */
export interface Deps {
  config: Config;
  database: Database;
  clock: Clock;
  random: Random;
}

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** @returns that many bytes no one can guess. */
export type Random = (bytes: number) => Uint8Array<ArrayBuffer>;
