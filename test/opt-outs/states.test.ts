import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import {
  contestedAfter,
  leafOf,
  possibleEvents,
  type RecordEvent,
  type RecordLeafType,
  type RecordState,
  recordEvents,
  recordStates,
  transition,
} from '../../src/opt-outs/states.ts';

// The table of DESIGN §4 once more, as a person reads it; every pair that is not here is a conflict.
const allowed: [RecordState, RecordEvent, RecordState, RecordLeafType | null][] = [
  ['draft', 'submitted', 'pending-email', null],
  ['draft', 'changed', 'draft', null],
  ['draft', 'erased', 'erased', null],
  ['pending-email', 'confirmed-active', 'active', 'reserved'],
  ['pending-email', 'confirmed-needs-proof', 'pending-proof', null],
  ['pending-email', 'confirmed-quarantined', 'quarantined', null],
  ['pending-email', 'changed', 'pending-email', null],
  ['pending-email', 'rejected', 'rejected', null],
  ['pending-email', 'erased', 'erased', null],
  ['pending-proof', 'proof-found', 'active', 'reserved'],
  ['pending-proof', 'changed', 'pending-proof', null],
  ['pending-proof', 'rejected', 'rejected', null],
  ['pending-proof', 'erased', 'erased', null],
  ['quarantined', 'proof-found', 'quarantined', null],
  ['quarantined', 'released', 'active', 'reserved'],
  ['quarantined', 'changed', 'quarantined', null],
  ['quarantined', 'rejected', 'rejected', null],
  ['quarantined', 'erased', 'erased', null],
  ['active', 'proof-found', 'active', 'changed'],
  ['active', 'proof-lost', 'suspended', 'suspended'],
  ['active', 'changed', 'active', 'changed'],
  ['active', 'withdrawn', 'withdrawn', 'withdrawn'],
  ['active', 'rejected', 'rejected', 'withdrawn'],
  ['active', 'erased', 'erased', 'erased'],
  ['active', 'contested', 'active', 'contested'],
  ['active', 'resolved', 'active', 'resolved'],
  ['suspended', 'proof-found', 'active', 'reserved'],
  ['suspended', 'proof-restored', 'active', 'reserved'],
  ['suspended', 'changed', 'suspended', 'changed'],
  ['suspended', 'withdrawn', 'withdrawn', 'withdrawn'],
  ['suspended', 'rejected', 'rejected', 'withdrawn'],
  ['suspended', 'erased', 'erased', 'erased'],
  ['suspended', 'contested', 'suspended', 'contested'],
  ['suspended', 'resolved', 'suspended', 'resolved'],
  ['withdrawn', 'restored', 'active', 'reserved'],
  ['withdrawn', 'restored-needs-proof', 'suspended', 'suspended'],
  ['withdrawn', 'rejected', 'rejected', 'withdrawn'],
  ['withdrawn', 'erased', 'erased', 'erased'],
  ['withdrawn', 'resolved', 'withdrawn', 'resolved'],
  ['rejected', 'erased', 'erased', 'erased'],
];

const pairs = recordStates.flatMap((state) => recordEvents.map((event) => [state, event] as const));

function refusal(state: RecordState, event: RecordEvent): unknown {
  try {
    return transition(state, event);
  } catch (error) {
    return error;
  }
}

describe('every state and every event', () => {
  test('are all tested', () => expect(pairs).toHaveLength(recordStates.length * recordEvents.length));

  test.each(pairs)('%s + %s', (state, event) => {
    const row = allowed.find(([from, on]) => from === state && on === event);
    if (row !== undefined) {
      expect([transition(state, event), leafOf(state, event)]).toEqual([row[2], row[3]]);
      return;
    }
    const error = refusal(state, event);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'conflict' });
    const possible = allowed.filter(([from]) => from === state).map(([, on]) => on);
    for (const instead of possible) expect((error as AppError).fix).toContain(instead);
    expect(() => leafOf(state, event)).toThrow(AppError);
  });
});

test('possible events are those of the table', () => {
  for (const state of recordStates) {
    const listed = allowed.filter(([from]) => from === state).map(([, on]) => on);
    expect(new Set(possibleEvents(state))).toEqual(new Set(listed));
  }
});

const history = fc.array(fc.constantFrom(...recordEvents), { maxLength: 30 });

/** Plays the events that are possible, as a record would live through them. */
function play(events: RecordEvent[]): { event: RecordEvent; from: RecordState; to: RecordState }[] {
  const steps = [];
  let from: RecordState = 'draft';
  for (const event of events) {
    if (!possibleEvents(from).includes(event)) continue;
    const to = transition(from, event);
    steps.push({ event, from, to });
    from = to;
  }
  return steps;
}

test('nothing comes into force unconfirmed, and nothing out of quarantine without a release', () => {
  fc.assert(
    fc.property(history, (events) => {
      let confirmed = false;
      let quarantined = false;
      for (const { event, to } of play(events)) {
        if (event.startsWith('confirmed-')) confirmed = true;
        if (to === 'quarantined') quarantined = true;
        if (event === 'released') quarantined = false;
        if (to === 'active') expect([confirmed, quarantined]).toEqual([true, false]);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the log opens with reserved, says whenever a record goes in or out of force, and ends with erased', () => {
  fc.assert(
    fc.property(history, (events) => {
      let published = false;
      for (const { event, from, to } of play(events)) {
        const leaf = leafOf(from, event);
        if (!published && leaf !== null && from !== 'rejected') expect(leaf).toBe('reserved');
        if ((from === 'active') !== (to === 'active')) {
          expect(leaf).toEqual(
            to === 'active' ? 'reserved' : expect.stringMatching(/suspended|withdrawn|erased/),
          );
        }
        if (published) expect(leaf).not.toBeNull();
        if (leaf !== null) published = true;
        if (to === 'erased') expect(leaf).toBe(published ? 'erased' : null);
      }
    }),
    { numRuns: 2000 },
  );
});

test('the contested flag is raised by a contest and lowered by a ruling only', () => {
  for (const event of recordEvents) {
    expect(contestedAfter(false, event)).toBe(event === 'contested');
    expect(contestedAfter(true, event)).toBe(event !== 'resolved');
  }
});
