import { insertCreator, insertOptOut } from '../../db/creators.ts';
import { deleteRecords } from '../../db/erase.ts';
import {
  appendEvents,
  insertFingerprints,
  type NewFingerprint,
  type RecordRow,
  saveRecords,
} from '../../db/records.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { openService, type Service } from '../../src/node.ts';
import { canonicalRecordBytes, commitment, type OptOutRecord } from '../../src/opt-outs/record.ts';
import { leafOf, type RecordEvent } from '../../src/opt-outs/states.ts';

/** A registry in a data folder, written record by record as its actions would leave it. */
export interface SampleRegistry {
  config: Config;
  service: Service;
  /** Stores the next version of a record, new or known, by an event that happened to it. */
  put(record: OptOutRecord, event?: RecordEvent): Promise<void>;
  erase(rid: string): Promise<void>;
  /** Brings everything into the log. */
  sequence(): Promise<void>;
  close(): Promise<void>;
}

const creators = ['ada', 'ben'] as const;

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** @param over settings, such as WITHHOLD_SNAPSHOT_KEEP. */
export async function registryIn(
  folder: string,
  over: Record<string, string> = {},
  clock: () => number = Date.now,
): Promise<SampleRegistry> {
  const config = readConfig({
    WITHHOLD_DATA: folder,
    WITHHOLD_PORT: '0',
    WITHHOLD_LOG_LEVEL: 'silent',
    ...over,
  });
  const service = await openService(config, { clock, log: silent, mail: async () => {} });
  const { database } = service.deps;
  const createdAt = '2026-11-01T00:00:00.000Z';
  for (const id of creators) {
    const row = { id, emailLookup: `test.${id}`, emailCipher: 'test.0', createdAt };
    const optOut = { id: `opt-out-${id}`, creatorId: id, nameCipher: 'test.0', role: 'owner' as const };
    await database.atomically([
      insertCreator(database, row),
      insertOptOut(database, { ...optOut, statement: '1', createdAt, confirmedAt: createdAt }),
    ]);
  }
  const known = new Map<string, OptOutRecord>();
  return {
    config,
    service,
    async put(record, event = 'confirmed-active') {
      const before = known.get(record.rid);
      known.set(record.rid, record);
      const canonical = canonicalRecordBytes(record);
      const text = new TextDecoder().decode(canonical);
      const { rid, version, state, updated: at, salt } = record;
      const leafType = leafOf(before?.state ?? 'pending-email', event);
      const committed = await commitment(salt, canonical);
      await database.atomically([
        ...saveRecords(database, [rowOf(record, text)]),
        ...appendEvents(database, [
          { rid, version, event, leafType, state, at, salt, commitment: committed, canonical: text },
        ]),
        ...(before === undefined ? insertFingerprints(database, printsOf(record)) : []),
      ]);
    },
    async erase(rid) {
      const { version = 0 } = known.get(rid) ?? {};
      const at = new Date(clock()).toISOString();
      const said = { event: 'erased', leafType: 'erased', state: 'erased', commitment: 'ab'.repeat(32) };
      await database.atomically([
        ...deleteRecords(database, [rid]),
        ...appendEvents(database, [{ rid, version: version + 1, at, salt: null, canonical: null, ...said }]),
      ]);
    },
    async sequence() {
      while ((await sequence(service.deps)) > 0);
    },
    close: () => service.close(),
  };
}

/** Every record's own, by its id, so that it never moves. */
const creatorOf = ({ rid }: Pick<OptOutRecord, 'rid'>): string =>
  creators[Number.parseInt(rid.slice(-1), 16) % creators.length] as string;

function rowOf(record: OptOutRecord, canonical: string): RecordRow {
  const { rid, kind, key, keySpec, licence, contact, trust, contested, state, version, since, salt } = record;
  return {
    ...{
      rid,
      kind,
      key,
      keySpec,
      licence,
      contact,
      trust,
      contested,
      state,
      version,
      since,
      salt,
      canonical,
    },
    optOutId: `opt-out-${creatorOf(record)}`,
    label: key,
    host: null,
    usages: JSON.stringify(record.usages),
    except: JSON.stringify(record.except),
    updatedAt: record.updated,
    publishedAt: record.publishedAt === null ? null : JSON.stringify(record.publishedAt),
  };
}

function printsOf(record: OptOutRecord): NewFingerprint[] {
  return record.fingerprints.map(({ variant, pdq, quality, hasher, sha256, md5, blockhash, descriptor }) => ({
    ...{ rid: record.rid, variant, pdq, quality, hasher, blockhash },
    sha256: sha256 ?? '',
    md5: md5 ?? null,
    lowInformation: pdq === null ? 'flat' : null,
    descriptor: descriptor ?? null,
  }));
}
