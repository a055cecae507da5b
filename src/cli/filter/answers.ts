import { toHex } from '../../log/encoding.ts';
import { type Client, createClient } from '../api-client.ts';
import type { Io } from '../io.ts';
import type { FilterOptions } from './options.ts';

/** Who answers: a registry, or the snapshot of one. */
export interface Answers extends Pick<Client, 'check'> {
  /** What a stopped run must find again to go on: the address, or the state of the log that was pulled. */
  server: string;
  close(): Promise<void>;
}

/** @throws AppError as `openForAnswers` does, for a snapshot. */
export async function openAnswers(
  options: Pick<FilterOptions, 'asking' | 'retryForS' | 'snapshot'>,
  io: Io,
  { signal, onRetry }: { signal: AbortSignal; onRetry: (words: string) => void },
): Promise<Answers> {
  const { asking, retryForS, snapshot: wanted } = options;
  if (wanted === undefined) {
    return { ...createClient({ ...asking, retryForS, signal, onRetry }), close: async () => {} };
  }
  const { askSnapshot, openForAnswers, sayAsOf } = await import('../snapshot-asker.ts');
  const { snapshot, close } = await openForAnswers(wanted.folder, io, wanted);
  sayAsOf(io, snapshot);
  const { origin, size, root } = snapshot.asOf();
  return {
    server: `${origin} at ${size} ${toHex(root)}`,
    check: (items) => askSnapshot(snapshot, items, { agent: asking.agent, usage: asking.usage }),
    close,
  };
}
