import { creatorByEmail, insertCreator, insertOptOut } from '../../db/creators.ts';
import type { Statement } from '../../db/database.ts';
import { insertFingerprints, type NewFingerprint, type RecordRow } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { type LowInformation, pdqWeakness, pictureWeakness } from '../images/gate.ts';
import { hashFromHex } from '../images/hash256.ts';
import type { Work } from '../images/work.ts';
import {
  type Preferences,
  type PreferencesInput,
  parsePreferences,
  requireAllowProof,
  usagesFor,
} from '../opt-outs/preferences.ts';
import { currentStatement } from '../opt-outs/statement.ts';
import { subjectOf } from '../opt-outs/subject.ts';
import { urlKey } from '../opt-outs/url-key.ts';
import { newId } from './ids.ts';
import { writeLetter } from './letters.ts';
import { changeRecord, type RecordChange, saveChanges } from './record-changes.ts';
import { issueToken } from './tokens.ts';

export interface WorkSubject extends Work {
  kind: 'work';
  label?: string | undefined;
}

export interface AddressSubject {
  kind: 'url' | 'prefix' | 'domain' | 'name';
  value: string;
}

export type Subject = WorkSubject | AddressSubject;

export interface Submission extends PreferencesInput {
  name: string;
  email: string;
  role: 'owner' | 'agent';
  /** Version of the statement that was shown and affirmed. */
  statement: string;
  subjects: Subject[];
}

export interface Submitted {
  id: string;
  rids: string[];
}

/**
 * Takes an opt-out in: stores its records as `pending-email` and puts the confirmation letter into the box, all or
 * nothing. The same subject named twice becomes one record.
 * @throws AppError naming the first subject that cannot be registered, as `subjects[i].value`.
 */
export async function submit(deps: Deps, input: Submission): Promise<Submitted> {
  if (input.statement !== currentStatement.version) {
    throw new AppError('conflict', 'The statement has new words since you read it.', {
      field: 'statement',
      fix: `Read the statement of ${currentStatement.version} and affirm that.`,
    });
  }
  const preferences = parsePreferences(input);
  const at = new Date(deps.clock()).toISOString();
  const id = newId(deps);
  const email = normaliseEmail(input.email);
  const lookups = await deps.secrets.lookups(email);
  const known = await creatorByEmail(deps.database, lookups);
  const creatorId = known?.id ?? newId(deps);

  const changes: RecordChange[] = [];
  const prints: NewFingerprint[] = [];
  const seen = new Set<string>();
  for (const [index, subject] of input.subjects.entries()) {
    const draft = draftOf(deps, subject, `subjects[${index}]`);
    if (seen.has(`${draft.kind} ${draft.key}`)) continue;
    seen.add(`${draft.kind} ${draft.key}`);
    const row: RecordRow = {
      ...draft,
      optOutId: id,
      usages: JSON.stringify(statedFor(draft.kind, preferences)),
      except: JSON.stringify(preferences.except),
      licence: preferences.licence,
      contact: preferences.contact,
      trust: 'email',
      contested: false,
      state: 'draft',
      version: 0,
      since: null,
      updatedAt: at,
      publishedAt: null,
      salt: '',
      canonical: '',
    };
    const own = subject.kind === 'work' ? printsOf(row.rid, subject) : [];
    prints.push(...own);
    changes.push(await changeRecord(deps, row, own, 'submitted'));
  }

  const confirm = await issueToken(deps, 'confirm', id);
  const statements: Statement[] = [];
  if (known === undefined) {
    statements.push(
      insertCreator(deps.database, {
        id: creatorId,
        emailLookup: lookups[0],
        emailCipher: await deps.secrets.encrypt(email),
        createdAt: at,
      }),
    );
  }
  statements.push(
    insertOptOut(deps.database, {
      id,
      creatorId,
      nameCipher: await deps.secrets.encrypt(input.name),
      role: input.role,
      statement: currentStatement.version,
      createdAt: at,
      confirmedAt: null,
    }),
    ...saveChanges(deps, changes),
    ...insertFingerprints(deps.database, prints),
    confirm.statement,
    ...(await writeLetter(
      deps,
      deps.letters.confirm({
        to: email,
        name: input.name,
        token: confirm.token,
        expiresAt: confirm.expiresAt,
        records: changes.length,
      }),
    )),
  );
  await deps.database.atomically(statements);
  deps.log.info({ optOut: id, records: changes.length }, 'opt-out submitted');
  return { id, rids: changes.map((change) => change.row.rid) };
}

/** Case of the local part is kept apart by no provider people use, and one person must find their records again. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

type Draft = Pick<RecordRow, 'rid' | 'kind' | 'key' | 'keySpec' | 'label' | 'host'>;

function draftOf(deps: Deps, subject: Subject, field: string): Draft {
  const rid = newId(deps);
  if (subject.kind === 'work') {
    return { rid, ...subjectOf('work', subject.sha256), label: subject.label ?? '', host: null };
  }
  try {
    const label = subject.value.trim();
    return { rid, ...subjectOf(subject.kind, subject.value), label, host: hostOf(subject) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, fix } = error;
    throw new AppError(code, message, { field: `${field}.value`, ...(fix === undefined ? {} : { fix }) });
  }
}

/** The host whose owner can prove this subject: the one it names. */
function hostOf({ kind, value }: AddressSubject): string | null {
  if (kind === 'name') return null;
  const text = value.trim();
  const parsed = urlKey(/^https?:/i.test(text) ? text : `https://${text}`);
  return parsed === null || parsed.isIp ? null : parsed.host;
}

/** What is said of this kind of subject. A domain or a folder takes no effect without proof, so it may say `allow`. */
function statedFor(kind: RecordRow['kind'], { usages }: Preferences): Preferences['usages'] {
  const stated = usagesFor(kind, usages);
  if (kind !== 'domain' && kind !== 'prefix') requireAllowProof(kind, 'email', stated);
  return stated;
}

function printsOf(rid: string, work: WorkSubject): NewFingerprint[] {
  const full = work.fingerprints.find((print) => print.variant === 'full');
  if (full === undefined) {
    throw new AppError('invalid', 'A picture needs the fingerprint of its whole form.', {
      field: 'fingerprints',
      fix: 'Send a fingerprint with variant "full".',
    });
  }
  const fullWeakness = weaknessOf(work, full);
  return work.fingerprints.flatMap((print) => {
    const weakness = weaknessOf(work, print);
    // The full form is kept even when too plain to match by likeness: it carries the digests of the file.
    if (weakness !== null && print.variant !== 'full') return [];
    const isCrop = print.variant !== 'full' && print.variant !== 'trim';
    if (isCrop && fullWeakness !== null) return [];
    return {
      rid,
      variant: print.variant,
      pdq: weakness === null ? print.pdq : null,
      quality: print.quality,
      hasher: work.hasher,
      sha256: work.sha256,
      md5: work.md5 ?? null,
      blockhash: work.blockhash ?? null,
      lowInformation: weakness,
      descriptor: print.variant === 'full' ? (work.descriptor ?? null) : null,
    };
  });
}

function weaknessOf(work: WorkSubject, print: WorkSubject['fingerprints'][number]): LowInformation | null {
  const hash = hashFromHex(print.pdq);
  if (hash === null)
    throw new AppError('invalid', 'A PDQ hash has 64 hex digits.', { field: 'fingerprints' });
  const pdq = { hash, quality: print.quality, unsureBits: print.unsureBits ?? 0 };
  return print.variant === 'full' ? pictureWeakness(work, pdq) : pdqWeakness(pdq);
}
