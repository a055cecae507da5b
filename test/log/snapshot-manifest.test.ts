import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openNote } from '../../src/log/note.ts';
import { makeManifest, type SnapshotContent, verifyManifest } from '../../src/log/snapshot-manifest.ts';
import { mutate, mutation } from './mutations.ts';
import { at, origin, type SampleLog, sampleLog } from './sample-log.ts';
import { knownKeys } from './vectors.ts';

const content: SnapshotContent = {
  size: 5,
  at,
  notAfter: '2026-12-24T14:02:00.000Z',
  keySpecs: { url: 'urlkey/1' },
  hashers: ['pdq/1'],
  counts: { domain: 2, fingerprints: 0 },
  files: [{ name: 'domains.parquet', bytes: 17, sha256: '00'.repeat(32), rows: 2 }],
};

let log: SampleLog;
let text: string;

const make = (changed: Partial<SnapshotContent>) =>
  makeManifest({ ...content, ...changed }, log.checkpoint, log.policy, log.checkSigner);

beforeAll(async () => {
  log = await sampleLog();
  text = await make({});
});

describe('a snapshot manifest', () => {
  test('says what it is of, and its digest is of its very bytes', async () => {
    const { content: read, checkpoint, digest } = await verifyManifest(text, log.policy);
    expect(read).toEqual(content);
    expect(checkpoint).toMatchObject({ origin, size: 5n });
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    expect(digest).toBe(Buffer.from(bytes).toString('hex'));
  });

  test('is signed in lines that people and other tools read', async () => {
    const { statement } = JSON.parse(text);
    const opened = await openNote(`${statement.join('\n')}\n`, knownKeys(['check']));
    expect(opened.text.split('\n').slice(0, 3)).toEqual([
      'withhold-snapshot/1',
      `origin ${origin}`,
      'size 5',
    ]);
  });

  test.each([
    ['another size than its checkpoint', { size: 4 }],
    ['a file outside its folder', { files: [{ ...content.files[0], name: '../policy.txt' }] }],
    ['an absolute file', { files: [{ ...content.files[0], name: '/etc/passwd.txt' }] }],
    ['a file twice', { files: [content.files[0], content.files[0]] }],
    ['a manifest in the manifest', { files: [{ ...content.files[0], name: 'manifest.json' }] }],
    ['a size that is none', { files: [{ ...content.files[0], bytes: -1 }] }],
    ['a time that is none', { notAfter: 'tomorrow' }],
  ])('is not made with %s', async (_, changed) => {
    await expect(make(changed as Partial<SnapshotContent>)).rejects.toMatchObject({ code: 'invalid' });
  });

  test('is believed for its keys alone', async () => {
    for (const policy of [
      { ...log.policy, logs: [] },
      { ...log.policy, checkKeys: [] },
      { ...log.policy, checkKeys: knownKeys(['log', 'witness']) },
    ]) {
      await expect(verifyManifest(text, policy)).rejects.toMatchObject({ code: 'invalid' });
    }
  });

  test('changed anywhere, it is refused or says the same', async () => {
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const changed = mutate(text, change);
        const read = await verifyManifest(changed, log.policy).catch(() => null);
        if (read !== null) expect(read.content).toEqual(content);
      }),
      { numRuns: 2_000 },
    );
  });
});
