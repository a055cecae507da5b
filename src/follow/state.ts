import { z } from 'zod';
import { AppError } from '../errors.ts';
import { type Frontier, frontierRoot } from '../log/append.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../log/checkpoint.ts';
import { fromBase64, sameBytes, toBase64 } from '../log/encoding.ts';
import { emptyRoot } from '../log/hash.ts';
import { parseVerifierKey } from '../log/note-key.ts';
import { LogFault } from './fault.ts';

/** A log as far as it was verified, leaf by leaf: what is needed to verify on from there. */
export interface LogState {
  /** The signed checkpoint that was verified; null before the first. */
  note: string | null;
  /** Name of the log; null before the first. */
  origin: string | null;
  /** The right edge of the verified tree, made of the leaves and of nothing that was served beside them. */
  frontier: Frontier;
  root: Uint8Array;
  /** Time of the last leaf. */
  lastAt: string;
  /** Verifier keys that `key` leaves have announced. */
  announced: string[];
}

export const emptyState: LogState = {
  note: null,
  origin: null,
  frontier: { size: 0n, edges: [] },
  root: emptyRoot(),
  lastAt: '',
  announced: [],
};

const format = 'withhold-log-state/1';

const StateFile = z.object({
  format: z.literal(format),
  origin: z.string(),
  note: z.string(),
  size: z.string().regex(/^\d{1,20}$/),
  edges: z.array(z.string()).max(8),
  lastAt: z.string(),
  announced: z.array(z.string()),
});

export function formatState({ note, origin, frontier, lastAt, announced }: LogState): string {
  const { size, edges } = frontier;
  const plain = { format, origin, note, size: String(size), edges: edges.map(toBase64), lastAt, announced };
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/** @throws AppError `invalid` for a text that `formatState` did not write, or that fell out of step with itself. */
export function parseState(text: string, where: string): LogState {
  try {
    const { note, origin, size, edges, lastAt, announced } = StateFile.parse(JSON.parse(text));
    const frontier = {
      size: BigInt(size),
      edges: edges.map((edge) => fromBase64(edge) ?? new Uint8Array(1)),
    };
    return { note, origin, frontier, root: frontierRoot(frontier), lastAt, announced };
  } catch (cause) {
    throw new AppError('invalid', `${where} is damaged`, {
      fix: 'remove it to verify from the beginning',
      cause,
    });
  }
}

/**
 * Holds a checkpoint to the keys that are believed, and to what was verified before.
 * @param pinned verifier keys of the policy.
 * @throws LogFault when it is not signed by them, or contradicts the state.
 */
export async function openNext(
  note: string,
  state: LogState,
  pinned: readonly string[],
): Promise<OpenedCheckpoint> {
  const keys = [...new Set([...pinned, ...state.announced])].map(parseVerifierKey);
  let opened: OpenedCheckpoint;
  try {
    opened = await openCheckpoint(note, keys, state.origin ?? undefined);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new LogFault(
      'the checkpoint',
      `is not one of this log by a key that is pinned or was announced in it (${error.message}); ` +
        'where its operator has told you of another key, give it with --policy',
      error,
    );
  }
  const { size, root } = opened;
  const held = state.frontier.size;
  if (size < held) {
    throw new LogFault('the checkpoint', `was rolled back: it has ${size} leaves, and had ${held} before`);
  }
  if (size === held && held > 0n && !sameBytes(root, state.root)) {
    throw new LogFault('the checkpoint', `is of another history: two roots were signed for size ${size}`);
  }
  return opened;
}
