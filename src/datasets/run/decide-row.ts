import { unasked, weighPlaces } from '../../actions/check.ts';
import { exact, type Place, recordOf } from '../../actions/check-records.ts';
import { originOf } from '../../actions/signals.ts';
import type { SignalsView } from '../../actions/signals-view.ts';
import type { ResolvedAgent } from '../../consent/agent.ts';
import type { DecisionPart } from '../../consent/decision.ts';
import type { Evidence, Usage } from '../../consent/evidence.ts';
import { recordEvidence } from '../../opt-outs/effect.ts';
import type { TableRecord } from '../../opt-outs/table/table.ts';
import { urlKey } from '../../opt-outs/url-key.ts';
import { answerRow } from '../../snapshots/lookup.ts';
import { becauseOf, missingWords } from '../because.ts';
import type { Act, Outcome, Verdict } from '../tally/tally.ts';
import type { FoundRecord } from './findings.ts';
import type { UrlRole } from './url-column.ts';

/** What rows are decided by, the same for all rows of a run. */
export interface Deciding {
  usage: Usage;
  agent: ResolvedAgent | null;
  /** Origin of the registry, as its records are named by. */
  registry: string;
  recordAt(number: number): TableRecord;
  /** What a site says of itself, by its origin; null where sites were not asked. */
  viewOf: ((origin: string) => SignalsView) | null;
  /** Records held for a person to look at: they do not decide. */
  held: ReadonlySet<string>;
}

/** What was found for one row. */
export interface RowFound {
  places: readonly { role: UrlRole; url: string }[];
  found: readonly FoundRecord[];
}

/** What becomes of a row, and why. */
export interface RowDecision {
  verdict: Verdict;
  act: Act;
  outcome: Outcome;
  /** The reason in words that repeat from row to row, to count by, and with its quote. */
  kind: string;
  reason: string;
  source: string;
  /** Id of the record it rests on. */
  record: string;
  trust: string;
  since: string;
  column: string;
  notChecked: string[];
}

/** Weighs everything known of one row, as `POST /v1/check` does. */
export function decideRow(deciding: Deciding, { places, found }: RowFound): RowDecision {
  const { usage, agent, viewOf } = deciding;
  const own: Place[] = places.map((place) => ({ ...place, key: urlKey(place.url) }));
  const view = viewOf === null ? () => unasked : (key: Place['key'] & {}) => viewOf(originOf(key));
  const { part } = weighPlaces(own, registryEvidence(deciding, found), view, { usage, agent, warnings: [] });
  return rowDecision(part, deciding);
}

/** A record speaks once for a row, by the first column that found it. */
function registryEvidence(
  { recordAt, usage, registry, held }: Deciding,
  found: readonly FoundRecord[],
): Evidence[] {
  const seen = new Set<string>();
  return found.flatMap(({ record, role, match }): Evidence[] => {
    const row = answerRow(recordAt(record));
    if (seen.has(row.rid)) return [];
    seen.add(row.rid);
    const likeness = match ?? (role === 'sha256' || role === 'md5' ? exact : undefined);
    const context = { origin: registry, ...(likeness === undefined ? {} : { match: likeness }) };
    const weight = held.has(row.rid) ? { weight: 'possible' as const } : {};
    return recordEvidence(recordOf(row), usage, context).map((said) => ({ ...said, on: role, ...weight }));
  });
}

function rowDecision(part: DecisionPart, { viewOf, held }: Deciding): RowDecision {
  // That nobody asked any site is said once, of the whole run, and leaves each row to what the registry says.
  const act = viewOf === null && isOnlyUnasked(part) ? 'proceed' : part.act;
  const { kind, reason, words } = becauseOf({ ...part, act });
  const record = reason?.record ?? '';
  return {
    verdict: part.verdict,
    act,
    outcome: outcomeOf(act, held.has(record)),
    kind: reason === undefined ? kind : `${kind} ${effects[act]} ${reason.usage}`,
    reason: words,
    source: reason?.source ?? '',
    record,
    trust: reason?.trust ?? '',
    since: reason?.since ?? '',
    column: reason?.on ?? '',
    notChecked: viewOf === null ? [] : [...new Set(part.notChecked.map(missingWords))],
  };
}

const effects = { stop: 'refuses', review: 'may refuse', proceed: 'allows' } as const;

function outcomeOf(act: DecisionPart['act'], isHeld: boolean): Outcome {
  if (act === 'stop') return 'dropped';
  if (act === 'proceed') return 'kept';
  return isHeld ? 'disputed' : 'review';
}

/** Whether a row is only to be looked at because its site was not asked. */
function isOnlyUnasked({ act, reasons, notChecked }: DecisionPart): boolean {
  if (act !== 'review' || notChecked.some(({ source }) => source === 'registry')) return false;
  return !reasons.some(
    ({ effect, preference }) =>
      effect === 'possible' || (effect === 'below-trust' && preference === 'disallow'),
  );
}
