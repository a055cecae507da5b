import { type OptOutRow, optOutsOfCreator, type ProofRow, proofsOfCreator } from '../../db/creators.ts';
import { type Reported, reportedOfCreator } from '../../db/dataset-reports.ts';
import { placesOfCreator } from '../../db/receipts.ts';
import { type FingerprintRow, fingerprintsOf, type RecordRow, recordsOfCreator } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { type Effect, effectOf } from '../opt-outs/effect.ts';
import type { Usages } from '../opt-outs/record.ts';
import { type ProofInstructions, proofInstructions } from './prove.ts';
import { toRecord } from './record-changes.ts';

export interface MyRecord {
  rid: string;
  kind: RecordRow['kind'];
  label: string;
  key: string;
  state: string;
  effect: Effect;
  trust: RecordRow['trust'];
  contested: boolean;
  usages: Usages;
  except: string[];
  licence: string | null;
  contact: string | null;
  since: string | null;
  updated: string;
  version: number;
  /** Index of its newest version in the consent log; `pending` until one is there. */
  log: 'pending' | number;
  /** Why this picture is covered by exact copies only; null when likenesses are found too. */
  exactOnly: string | null;
  /** The host whose proof would give this record more effect; null when it needs none. */
  needs: string | null;
  /** What consumers have reported of it. */
  reported: Reported;
}

export interface MyProof extends ProofInstructions {
  host: string;
  state: ProofRow['state'];
  checkedAt: string | null;
  foundAt: string | null;
  method: string | null;
  detail: string | null;
}

export interface MyOptOut {
  id: string;
  role: OptOutRow['role'];
  name: string;
  createdAt: string;
  confirmedAt: string | null;
  records: MyRecord[];
  /** One per host that still matters to a record here. */
  proofs: MyProof[];
}

/** Everything a creator has said, newest first, with what is in force and what still needs proof. */
export async function myOptOuts(deps: Deps, creatorId: string): Promise<MyOptOut[]> {
  const [optOuts, records, proofs, places, reported] = await Promise.all([
    optOutsOfCreator(deps.database, creatorId),
    recordsOfCreator(deps.database, creatorId),
    proofsOfCreator(deps.database, creatorId),
    placesOfCreator(deps.database, creatorId),
    reportedOfCreator(deps.database, creatorId),
  ]);
  const works = records.filter((record) => record.kind === 'work').map((record) => record.rid);
  const prints = Map.groupBy(await fingerprintsOf(deps.database, works), (print) => print.rid);
  const grouped = Map.groupBy(records, (record) => record.optOutId);
  return Promise.all(
    optOuts.map((optOut) =>
      viewOptOut(deps, optOut, { records: grouped.get(optOut.id) ?? [], prints, proofs, places, reported }),
    ),
  );
}

/** An opt-out that is not confirmed yet, for the holder of its confirmation link. */
export function unconfirmedOptOut(deps: Deps, optOut: OptOutRow, records: RecordRow[]): Promise<MyOptOut> {
  return viewOptOut(deps, optOut, {
    records,
    prints: new Map(),
    proofs: [],
    places: new Map(),
    reported: new Map(),
  });
}

interface Parts {
  records: RecordRow[];
  prints: ReadonlyMap<string, FingerprintRow[]>;
  proofs: ProofRow[];
  places: ReadonlyMap<string, number>;
  reported: ReadonlyMap<string, Reported>;
}

async function viewOptOut(
  deps: Deps,
  optOut: OptOutRow,
  { records, prints, proofs, places, reported }: Parts,
): Promise<MyOptOut> {
  const hosts = new Set(records.map((record) => record.host));
  return {
    id: optOut.id,
    role: optOut.role,
    name: await deps.secrets.decrypt(optOut.nameCipher),
    createdAt: optOut.createdAt,
    confirmedAt: optOut.confirmedAt,
    records: inOrder(records).map((record) =>
      viewRecord(record, prints.get(record.rid) ?? [], places.get(record.rid), reported.get(record.rid)),
    ),
    proofs: proofs.filter((proof) => hosts.has(proof.host)).flatMap(viewProof),
  };
}

const kindOrder: RecordRow['kind'][] = ['domain', 'prefix', 'url', 'name', 'work'];

/** What covers most comes first, then by name as people sort: `2.jpg` before `10.jpg`. */
function inOrder(records: readonly RecordRow[]): RecordRow[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return records.toSorted(
    (a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || compare(a.label, b.label),
  );
}

/** @throws AppError `not-found` when the opt-out is not this creator's. */
export async function myOptOut(deps: Deps, creatorId: string, id: string): Promise<MyOptOut> {
  const found = (await myOptOuts(deps, creatorId)).find((optOut) => optOut.id === id);
  if (found === undefined) throw new AppError('not-found', 'There is no such opt-out among yours.');
  return found;
}

const none = { datasets: 0, copies: 0 };
const nothingReported: Reported = { removed: none, licensed: none, disputed: none };

export function viewRecord(
  row: RecordRow,
  prints: readonly FingerprintRow[],
  place?: number,
  reported = nothingReported,
): MyRecord {
  const record = toRecord(row, prints);
  const full = prints.find((print) => print.variant === 'full');
  const waits = row.state === 'pending-proof' || row.state === 'suspended';
  const weak = row.state === 'active' && effectOf(record) !== 'decides';
  return {
    rid: row.rid,
    kind: row.kind,
    label: row.label,
    key: row.key,
    state: row.state,
    effect: effectOf(record),
    trust: row.trust,
    contested: row.contested,
    usages: record.usages,
    except: [...record.except],
    licence: row.licence,
    contact: row.contact,
    since: row.since,
    updated: row.updatedAt,
    version: row.version,
    log: place ?? 'pending',
    exactOnly: full?.lowInformation ?? null,
    needs: waits || weak ? row.host : null,
    reported,
  };
}

export function viewProof(proof: ProofRow): MyProof[] {
  const instructions = proofInstructions(proof);
  if (instructions === null) return [];
  const { host, state, checkedAt, foundAt, method, detail } = proof;
  return [{ host, state, checkedAt, foundAt, method, detail, ...instructions }];
}
