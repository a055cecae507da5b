import type { OptOutRecord } from '../../src/opt-outs/record.ts';

const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** An active record of a proven domain, changed as a test needs. */
export function sampleRecord(changes: Partial<OptOutRecord> = {}): OptOutRecord {
  return {
    rid: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b',
    kind: 'domain',
    key: 'com,example',
    keySpec: 'urlkey/1',
    usages: { 'train-ai': 'disallow' },
    except: [],
    licence: null,
    contact: null,
    trust: 'domain',
    contested: false,
    state: 'active',
    version: 1,
    since: '2026-11-23T14:02:00.000Z',
    updated: '2026-11-23T14:02:00.000Z',
    publishedAt: null,
    fingerprints: [],
    salt: '00'.repeat(32),
    ...changes,
  };
}

/** An active record of one picture at the lowest trust. */
export function sampleWork(changes: Partial<OptOutRecord> = {}): OptOutRecord {
  const fingerprint = {
    variant: 'full',
    pdq: 'f'.repeat(64),
    quality: 100,
    hasher: 'pdq/1',
    sha256,
    blockhash: '0'.repeat(64),
  };
  return sampleRecord({
    kind: 'work',
    key: sha256,
    keySpec: 'sha256',
    trust: 'email',
    fingerprints: [fingerprint],
    ...changes,
  });
}
