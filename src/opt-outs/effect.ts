import type { Evidence, Match, Trust, Usage } from '../consent/evidence.ts';
import { allowNeedsProof, trustAtLeast } from './preferences.ts';
import type { OptOutRecord, SubjectKind, Usages } from './record.ts';
import type { RecordEvent } from './states.ts';
import { readableSubject } from './subject.ts';

/** What a record's refusal does to an answer. */
export type Effect = 'decides' | 'possible' | 'none';

/**
 * DESIGN §4, effect by trust: from which trust on a refusal decides, and what it does below. `identity` is given by
 * a moderator and outranks all others.
 */
export const effectTable: Readonly<Record<SubjectKind, { decidesFrom: Trust; below: 'possible' | 'none' }>> =
  {
    work: { decidesFrom: 'email', below: 'none' },
    url: { decidesFrom: 'profile', below: 'possible' },
    prefix: { decidesFrom: 'profile', below: 'none' },
    domain: { decidesFrom: 'domain', below: 'none' },
    name: { decidesFrom: 'domain', below: 'possible' },
  };

/** What a refusal for a subject of this kind does once its email address is confirmed and this trust is reached. */
export function effectAt(kind: SubjectKind, trust: Trust): Effect {
  const { decidesFrom, below } = effectTable[kind];
  return trustAtLeast(trust, decidesFrom) ? 'decides' : below;
}

/** What a record's refusal does now: nothing unless the record is active. */
export function effectOf(
  record: Pick<OptOutRecord, 'kind' | 'state' | 'trust' | 'contested' | 'challengedByPublishedAt'>,
): Effect {
  if (record.state !== 'active') return 'none';
  const effect = effectAt(record.kind, record.trust);
  const challenged = record.contested && record.challengedByPublishedAt === true;
  if (effect === 'decides' && challenged && record.kind === 'work' && record.trust === 'email')
    return 'possible';
  return effect;
}

/**
 * What confirming the email address does to a record: it waits in quarantine, waits for proof while nothing it says
 * could have an effect, or comes into force.
 */
export function confirmationEvent(
  kind: SubjectKind,
  trust: Trust,
  usages: Usages,
  quarantine: boolean,
): Extract<RecordEvent, `confirmed-${string}`> {
  if (quarantine) return 'confirmed-quarantined';
  const refuses = Object.values(usages).includes('disallow');
  const speaks = refuses || !allowNeedsProof(kind, trust);
  return speaks && effectAt(kind, trust) !== 'none' ? 'confirmed-active' : 'confirmed-needs-proof';
}

/** One way to prove more, and the trust it gives. */
export interface ProofOption {
  method: 'dns' | 'well-known' | 'profile';
  gives: Trust;
  /** Where the proof is placed: on the subject's own host (or one above it), its own page, or any site of the claimant. */
  place: 'host' | 'page' | 'own-site';
}

/**
 * The proofs that would let a record decide, simplest first; empty when its trust is enough already.
 *
 * @param wanted an `allow` needs at least `profile`, whatever the kind.
 */
export function needsProof(
  kind: SubjectKind,
  trust: Trust,
  wanted: 'disallow' | 'allow' = 'disallow',
): ProofOption[] {
  const refusalDecides = effectAt(kind, trust) === 'decides';
  if (refusalDecides && (wanted === 'disallow' || !allowNeedsProof(kind, trust))) return [];
  const ownSite = kind === 'work' || kind === 'name';
  const place = ownSite ? 'own-site' : 'host';
  const options: ProofOption[] = [
    { method: 'dns', gives: 'domain', place },
    { method: 'well-known', gives: 'domain', place },
  ];
  if (trustAtLeast('profile', effectTable[kind].decidesFrom)) {
    options.push({ method: 'profile', gives: 'profile', place: ownSite ? 'own-site' : 'page' });
  }
  return options;
}

/**
 * What a record says about one usage, for a subject it was found to cover.
 *
 * @param context `origin` is the registry that holds the record; `match` what a fingerprint comparison found.
 * @returns nothing when the record is not in force, silent about the usage, or allows without the proof that needs.
 */
export function recordEvidence(
  record: OptOutRecord,
  usage: Usage,
  context: { origin: string; match?: Match },
): Evidence[] {
  const preference = record.usages[usage];
  const effect = effectOf(record);
  if (preference === undefined || effect === 'none') return [];
  if (usage === 'style-imitation' && record.kind !== 'name') return [];
  if (preference === 'allow' && allowNeedsProof(record.kind, record.trust)) return [];
  const { match, origin } = context;
  const since = record.since === null ? '' : `, since ${record.since}`;
  const except = record.except.length === 0 ? '' : `, except ${record.except.join(', ')}`;
  return [
    {
      source: 'registry',
      usage,
      preference,
      where: `record ${record.rid} at ${origin}`,
      quote: `${readableSubject(record)}: ${usage} ${preference}${except}${since}`,
      observedAt: record.updated,
      weight: match?.kind === 'possible' ? 'possible' : effect,
      record: record.rid,
      trust: record.trust,
      contested: record.contested,
      ...(record.except.length === 0 ? {} : { except: [...record.except] }),
      ...(record.since === null ? {} : { since: record.since }),
      ...(record.licence === null ? {} : { licence: record.licence }),
      ...(record.contact === null ? {} : { contact: record.contact }),
      ...(match === undefined ? {} : { match }),
    },
  ];
}
