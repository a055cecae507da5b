import type { Deps } from '../deps.ts';
import { uuidv7 } from '../opt-outs/record.ts';

/** A new UUIDv7 (RFC 9562 §5.7): ids sort by the time they were made. */
export const newId = (deps: Pick<Deps, 'clock' | 'random'>): string => uuidv7(deps.clock(), deps.random(16));
