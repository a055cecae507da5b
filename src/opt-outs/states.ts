import { AppError } from '../errors.ts';

export const recordStates = [
  'draft',
  'pending-email',
  'pending-proof',
  'quarantined',
  'active',
  'suspended',
  'withdrawn',
  'rejected',
  'erased',
] as const;
export type RecordState = (typeof recordStates)[number];

/**
 * What can happen to a record. Confirming the email address and restoring have one event per outcome, so that the
 * table below stays a function: the caller knows what the subject needs.
 */
export const recordEvents = [
  'submitted',
  'confirmed-active',
  'confirmed-needs-proof',
  'confirmed-quarantined',
  'proof-found',
  'proof-lost',
  'proof-restored',
  'changed',
  'withdrawn',
  'restored',
  'restored-needs-proof',
  'released',
  'rejected',
  'erased',
  'contested',
  'resolved',
] as const;
export type RecordEvent = (typeof recordEvents)[number];

/** The types of log leaf that a record event can have. */
export type RecordLeafType =
  | 'reserved'
  | 'changed'
  | 'withdrawn'
  | 'erased'
  | 'suspended'
  | 'contested'
  | 'resolved';

interface Step {
  to: RecordState;
  /** What the consent log says of it; null while the record has never been published. */
  leaf: RecordLeafType | null;
}

function step(to: RecordState, leaf: RecordLeafType | null = null): Step {
  return { to, leaf };
}

/**
 * The one table. What it rests on:
 *
 * - `reserved` is logged whenever a record comes into force, the first time or again.
 * - A record that was never in force cannot be withdrawn, only erased: otherwise withdrawing and restoring it would
 *   lead around the proof or the quarantine it was waiting for.
 * - A proof found in quarantine raises trust and releases nothing: poisoning is a matter for a moderator.
 * - A published record that is rejected is logged as `withdrawn`: it is no longer in force.
 * - Erasing a rejected record is logged even if it never was published: the state alone cannot tell.
 */
const table: Readonly<Record<RecordState, Partial<Readonly<Record<RecordEvent, Step>>>>> = {
  draft: { submitted: step('pending-email'), changed: step('draft'), erased: step('erased') },
  'pending-email': {
    'confirmed-active': step('active', 'reserved'),
    'confirmed-needs-proof': step('pending-proof'),
    'confirmed-quarantined': step('quarantined'),
    changed: step('pending-email'),
    rejected: step('rejected'),
    erased: step('erased'),
  },
  'pending-proof': {
    'proof-found': step('active', 'reserved'),
    changed: step('pending-proof'),
    rejected: step('rejected'),
    erased: step('erased'),
  },
  quarantined: {
    'proof-found': step('quarantined'),
    released: step('active', 'reserved'),
    changed: step('quarantined'),
    rejected: step('rejected'),
    erased: step('erased'),
  },
  active: {
    'proof-found': step('active', 'changed'),
    'proof-lost': step('suspended', 'suspended'),
    changed: step('active', 'changed'),
    withdrawn: step('withdrawn', 'withdrawn'),
    rejected: step('rejected', 'withdrawn'),
    erased: step('erased', 'erased'),
    contested: step('active', 'contested'),
    resolved: step('active', 'resolved'),
  },
  suspended: {
    'proof-found': step('active', 'reserved'),
    'proof-restored': step('active', 'reserved'),
    changed: step('suspended', 'changed'),
    withdrawn: step('withdrawn', 'withdrawn'),
    rejected: step('rejected', 'withdrawn'),
    erased: step('erased', 'erased'),
    contested: step('suspended', 'contested'),
    resolved: step('suspended', 'resolved'),
  },
  withdrawn: {
    restored: step('active', 'reserved'),
    'restored-needs-proof': step('suspended', 'suspended'),
    rejected: step('rejected', 'withdrawn'),
    erased: step('erased', 'erased'),
    resolved: step('withdrawn', 'resolved'),
  },
  rejected: { erased: step('erased', 'erased') },
  erased: {},
};

/** The events a record in this state can take, in the order of `recordEvents`. */
export function possibleEvents(state: RecordState): RecordEvent[] {
  return recordEvents.filter((event) => table[state][event] !== undefined);
}

function stepOf(state: RecordState, event: RecordEvent): Step {
  const found = table[state][event];
  if (found !== undefined) return found;
  const possible = possibleEvents(state);
  throw new AppError('conflict', `A record that is ${state} cannot be ${event}.`, {
    fix:
      possible.length === 0
        ? 'Make a new opt-out; this one is at its end.'
        : `Possible now: ${possible.join(', ')}.`,
  });
}

/** The state after an event. @throws AppError `conflict` naming what is possible instead. */
export function transition(state: RecordState, event: RecordEvent): RecordState {
  return stepOf(state, event).to;
}

/**
 * The type of the log leaf that an event has in this state, null when nothing of it is published.
 *
 * @throws AppError `conflict` as `transition` does.
 */
export function leafOf(state: RecordState, event: RecordEvent): RecordLeafType | null {
  return stepOf(state, event).leaf;
}

/** The contested flag after an event: it is no state, and stays until a moderator has ruled. */
export function contestedAfter(contested: boolean, event: RecordEvent): boolean {
  if (event === 'contested') return true;
  return event === 'resolved' ? false : contested;
}
