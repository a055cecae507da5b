import { z } from 'zod';
import { AppError } from '../errors.ts';
import { ask, parseQuietly, type TransportOptions } from '../follow/transport.ts';
import { SnapshotView } from '../http/snapshots.ts';

/** Longest list read. */
const listBytesMax = 4 * 1024 * 1024;

const List = z.object({ snapshots: z.array(SnapshotView) });

/** A snapshot as its registry tells of it; nothing of it is believed yet. */
export type OfferedSnapshot = z.infer<typeof SnapshotView>;

/**
 * The snapshot a registry offers.
 * @param sizeMax when given, the newest that is of no larger log.
 * @throws AppError `not-found` when there is none, and as `ask` does.
 */
export async function offeredSnapshot(
  server: string,
  options: TransportOptions,
  sizeMax?: number,
): Promise<OfferedSnapshot> {
  const url = `${server}/v1/snapshots`;
  const answer = await ask(options, { url, accept: 'application/json', bytesMax: listBytesMax });
  const parsed = List.safeParse(parseQuietly(answer.toString()));
  if (!parsed.success) {
    throw new AppError('invalid', `${server} gave a list of snapshots this version does not understand`);
  }
  const fitting = parsed.data.snapshots.filter(({ size }) => size <= (sizeMax ?? Number.POSITIVE_INFINITY));
  const [first, ...others] = fitting;
  if (first !== undefined) return others.reduce((best, one) => (one.size > best.size ? one : best), first);
  const isNone = parsed.data.snapshots.length === 0;
  throw new AppError('not-found', `${server} offers no snapshot${isNone ? '' : ` of log size ${sizeMax}`}`, {
    fix: isNone
      ? 'its operator makes one with `withhold snapshot build`'
      : `its oldest is of size ${Math.min(...parsed.data.snapshots.map(({ size }) => size))}`,
  });
}
