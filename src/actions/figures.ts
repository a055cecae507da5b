import { hitsSince } from '../../db/consumers.ts';
import { type Reported, reportedInAll } from '../../db/dataset-reports.ts';
import { countRecords } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { effectOf } from '../opt-outs/effect.ts';
import type { SubjectKind } from '../opt-outs/record.ts';
import type { RecordState } from '../opt-outs/states.ts';

/** What the registry holds, in numbers that say nothing of anybody. */
export interface Figures {
  /** RFC 3339 UTC. */
  countedAt: string;
  inForce: Record<SubjectKind, number>;
  possible: Record<SubjectKind, number>;
  waiting: number;
  quarantined: number;
  suspended: number;
  withdrawn: number;
  contested: number;
  /** Answers of the last 30 days that rested on a record. */
  hits: number;
  /** What consumers have reported of their datasets, each by its newest report. */
  reported: Reported;
}

const daysCounted = 30;
/** Counting reads every record, so its result serves a while. */
const figuresLifeMs = 60_000;

/** A function that counts at most once a minute. */
export function figuresOf(): (deps: Deps) => Promise<Figures> {
  let known: { until: number; figures: Figures } | undefined;
  return async (deps) => {
    const now = deps.clock();
    if (known === undefined || now >= known.until) {
      known = { until: now + figuresLifeMs, figures: await count(deps, now) };
    }
    return known.figures;
  };
}

async function count(deps: Deps, now: number): Promise<Figures> {
  const none = (): Record<SubjectKind, number> => ({ work: 0, url: 0, prefix: 0, domain: 0, name: 0 });
  const figures: Figures = {
    countedAt: new Date(now).toISOString(),
    inForce: none(),
    possible: none(),
    waiting: 0,
    quarantined: 0,
    suspended: 0,
    withdrawn: 0,
    contested: 0,
    hits: await hitsSince(deps.database, new Date(now - daysCounted * 86_400_000).toISOString().slice(0, 10)),
    reported: await reportedInAll(deps.database),
  };
  for (const { kind, state, trust, contested, records } of await countRecords(deps.database)) {
    const effect = effectOf({ kind, trust, contested, state: state as RecordState });
    if (effect === 'decides') figures.inForce[kind] += records;
    if (effect === 'possible') figures.possible[kind] += records;
    if (contested) figures.contested += records;
    if (state === 'pending-email' || state === 'pending-proof') figures.waiting += records;
    if (state === 'quarantined' || state === 'suspended' || state === 'withdrawn') figures[state] += records;
  }
  return figures;
}
