import { type ProofRow, proofOf, proofsDue, proofsOfCreator, updateProof } from '../../db/creators.ts';
import { type RecordRow, recordsOfCreator } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { checkDnsProof, checkWellKnownProof } from '../net/proof-check.ts';
import {
  dnsProofName,
  dnsProofValue,
  domainProofCovers,
  wellKnownBody,
  wellKnownPath,
} from '../opt-outs/proof.ts';
import { proofLostMs, proofRecheckMs } from '../opt-outs/proof-period.ts';
import { writeLetter } from './letters.ts';
import { changeRecords, type RecordChange, saveChanges } from './record-changes.ts';
import { addressOf } from './sign-in.ts';

/**
 * Whether the proof of a host speaks for a record of the same creator: for addresses on it, and for names, which rest
 * on any site their creator has proven. A work has to be found published there.
 */
export function provenBy(host: string, record: Pick<RecordRow, 'kind' | 'key'>): boolean {
  const { kind, key } = record;
  if (kind === 'work') return false;
  return kind === 'name' || domainProofCovers(host, { kind, key });
}

export interface ProofInstructions {
  dns: { name: string; type: 'TXT'; value: string };
  wellKnown: { url: string; body: string };
}

/** What the creator has to place, and where: either of the two is enough. Null for a host nobody can prove. */
export function proofInstructions({
  host,
  token,
}: Pick<ProofRow, 'host' | 'token'>): ProofInstructions | null {
  try {
    return {
      dns: { name: dnsProofName(host), type: 'TXT', value: dnsProofValue(token) },
      wellKnown: { url: `https://${host}${wellKnownPath(token)}`, body: wellKnownBody(token) },
    };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/**
 * Looks for the proof of a host now. When it is there, the creator's records on it gain trust `domain`, and those that
 * waited take effect.
 * @returns the proof as it now stands; `state` says whether it was found, `detail` what was seen.
 * @throws AppError `not-found` when this creator has no record on that host; `public-suffix` for one nobody can own.
 */
export async function checkProof(deps: Deps, creatorId: string, host: string): Promise<ProofRow> {
  const proof = await proofOf(deps.database, creatorId, host);
  if (proof === undefined) {
    throw new AppError('not-found', `You have nothing on ${host} to prove.`, {
      field: 'host',
      fix: 'Opt out an address on it first.',
    });
  }
  return settle(deps, proof, await look(deps, proof));
}

/**
 * Looks again at proofs that are due: found ones every 90 days, missing ones until seven days have passed; then their
 * records are suspended and the creator is told.
 * @returns how many were looked at.
 */
export async function recheckProofs(deps: Deps): Promise<number> {
  const now = deps.clock();
  const before = (ms: number) => new Date(now - ms).toISOString();
  const due = await proofsDue(deps.database, before(proofRecheckMs), before(missingEveryMs), proofsPerRun);
  for (const proof of due) await settle(deps, proof, await look(deps, proof));
  return due.length;
}

const missingEveryMs = 86_400_000;
const proofsPerRun = 20;

interface Seen {
  method: 'dns' | 'well-known' | null;
  detail: string;
}

async function look(deps: Deps, proof: ProofRow): Promise<Seen> {
  const { dns, wellKnown } = proofInstructions(proof) ?? {};
  if (dns === undefined || wellKnown === undefined) {
    return { method: null, detail: `${proof.host} is not a name that one person can prove.` };
  }
  const [byDns, byFile] = await Promise.all([
    checkDnsProof(deps.resolver, { name: dns.name, expectedValue: dns.value }),
    lookAtFile(deps, proof.host, wellKnownPath(proof.token), wellKnown.body),
  ]);
  if (byDns.found) return { method: 'dns', detail: byDns.detail };
  if (byFile.found) return { method: 'well-known', detail: byFile.detail };
  return { method: null, detail: `${byDns.detail} ${byFile.detail}` };
}

/** Plain http first, as Boulder does, because it redirects where it should; https for hosts that answer nothing else. */
async function lookAtFile(deps: Deps, host: string, path: string, expectedBody: string) {
  const plain = await checkWellKnownProof(deps.fetcher, { url: `http://${host}${path}`, expectedBody });
  if (plain.seen !== 'unreachable') return plain;
  return checkWellKnownProof(deps.fetcher, { url: `https://${host}${path}`, expectedBody });
}

async function settle(deps: Deps, proof: ProofRow, seen: Seen): Promise<ProofRow> {
  const now = deps.clock();
  const at = new Date(now).toISOString();
  const next: ProofRow = { ...proof, checkedAt: at, detail: seen.detail };
  let changes: RecordChange[] = [];
  const own = await recordsOfCreator(deps.database, proof.creatorId);
  const covered = own.filter((record) => provenBy(proof.host, record));
  if (seen.method !== null) {
    Object.assign(next, { state: 'found', method: seen.method, foundAt: at, missingSince: null });
    changes = await changeRecords(deps, covered, whenFound);
  } else if (proof.state === 'found') {
    Object.assign(next, { state: 'missing', missingSince: at });
  } else if (proof.state === 'missing' && now - Date.parse(proof.missingSince ?? at) >= proofLostMs) {
    next.state = 'lost';
    const others = (await proofsOfCreator(deps.database, proof.creatorId)).filter(
      ({ host, state }) => host !== proof.host && (state === 'found' || state === 'missing'),
    );
    changes = await changeRecords(deps, covered, (record) => {
      const rests = record.state === 'active' && record.trust === 'domain';
      const elsewhere = others.some(({ host }) => provenBy(host, record));
      return rests && !elsewhere ? { event: 'proof-lost' } : null;
    });
  }
  await deps.database.atomically([
    updateProof(deps.database, next),
    ...saveChanges(deps, changes),
    ...(await notices(deps, proof, next, covered.length)),
  ]);
  return next;
}

function whenFound(record: RecordRow): ReturnType<Parameters<typeof changeRecords>[2]> {
  const patch = { trust: 'domain' } as const;
  switch (record.state) {
    case 'pending-proof':
    case 'suspended':
      return { event: 'proof-found', patch };
    case 'active':
    case 'quarantined':
      return record.trust === 'email' || record.trust === 'profile' ? { event: 'proof-found', patch } : null;
    default:
      return null;
  }
}

async function notices(deps: Deps, before: ProofRow, after: ProofRow, records: number) {
  if (before.state === after.state || (after.state !== 'missing' && after.state !== 'lost')) return [];
  const to = await addressOf(deps, after.creatorId);
  const suspendAfter = new Date(deps.clock() + proofLostMs).toISOString();
  const letter =
    after.state === 'lost'
      ? deps.letters.proofLost({ to, host: after.host, records })
      : deps.letters.proofMissing({ to, host: after.host, records, suspendAfter });
  return writeLetter(deps, letter);
}
