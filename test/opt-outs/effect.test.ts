import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Match, type Trust, trustLevels, usages } from '../../src/consent/evidence.ts';
import {
  confirmationEvent,
  type Effect,
  effectAt,
  effectOf,
  needsProof,
  recordEvidence,
} from '../../src/opt-outs/effect.ts';
import { type SubjectKind, subjectKinds } from '../../src/opt-outs/record.ts';
import { recordStates } from '../../src/opt-outs/states.ts';
import { sampleRecord, sampleWork } from './sample-record.ts';

// DESIGN §4, as columns email, profile, domain, identity.
const table: Record<SubjectKind, [Effect, Effect, Effect, Effect]> = {
  work: ['decides', 'decides', 'decides', 'decides'],
  url: ['possible', 'decides', 'decides', 'decides'],
  prefix: ['none', 'decides', 'decides', 'decides'],
  domain: ['none', 'none', 'decides', 'decides'],
  name: ['possible', 'possible', 'decides', 'decides'],
};
const cells = subjectKinds.flatMap((kind) =>
  trustLevels.map((trust, at) => [kind, trust, table[kind][at]] as const),
);

describe('effect by trust', () => {
  test.each(cells)('%s at %s: %s', (kind, trust, effect) => {
    for (const state of recordStates) {
      const expected = state === 'active' ? effect : 'none';
      expect([state, effectOf(sampleRecord({ kind, trust, state }))]).toEqual([state, expected]);
    }
  });
});

test('only an email-only work loses its effect to a challenger with published-at proof', () => {
  for (const kind of subjectKinds) {
    for (const trust of trustLevels) {
      const plain = effectAt(kind, trust);
      const contest = { kind, trust, contested: true };
      expect(effectOf(sampleRecord(contest))).toBe(plain);
      const challenged = effectOf(sampleRecord({ ...contest, challengedByPublishedAt: true }));
      expect(challenged).toBe(kind === 'work' && trust === 'email' ? 'possible' : plain);
    }
  }
  expect(effectOf(sampleWork({ contested: false, challengedByPublishedAt: true }))).toBe('decides');
});

test.each<[SubjectKind, Trust, 'disallow' | 'allow', boolean, string]>([
  ['work', 'email', 'disallow', false, 'confirmed-active'],
  ['work', 'email', 'disallow', true, 'confirmed-quarantined'],
  ['work', 'email', 'allow', false, 'confirmed-needs-proof'],
  ['work', 'profile', 'allow', false, 'confirmed-active'],
  ['url', 'email', 'disallow', false, 'confirmed-active'],
  ['prefix', 'email', 'disallow', false, 'confirmed-needs-proof'],
  ['domain', 'profile', 'disallow', false, 'confirmed-needs-proof'],
  ['domain', 'domain', 'allow', false, 'confirmed-active'],
  ['name', 'email', 'disallow', false, 'confirmed-active'],
])(
  'confirming a %s at %s that says %s (quarantine: %s) is %s',
  (kind, trust, preference, quarantine, event) => {
    expect(confirmationEvent(kind, trust, { 'train-ai': preference }, quarantine)).toBe(event);
  },
);

describe('proofs that are still needed', () => {
  const methods = (...args: Parameters<typeof needsProof>) => needsProof(...args).map((each) => each.method);

  test.each<[SubjectKind, Trust, string[]]>([
    ['work', 'email', []],
    ['url', 'email', ['dns', 'well-known', 'profile']],
    ['url', 'profile', []],
    ['prefix', 'email', ['dns', 'well-known', 'profile']],
    ['domain', 'email', ['dns', 'well-known']],
    ['domain', 'profile', ['dns', 'well-known']],
    ['domain', 'domain', []],
    ['name', 'email', ['dns', 'well-known']],
    ['name', 'identity', []],
  ])('%s at %s: %j', (kind, trust, expected) => expect(methods(kind, trust)).toEqual(expected));

  test('an allow needs them even for a work', () => {
    expect(needsProof('work', 'email', 'allow')).toContainEqual({
      method: 'profile',
      gives: 'profile',
      place: 'own-site',
    });
    expect(methods('work', 'profile', 'allow')).toEqual([]);
  });

  test('each of them is enough', () => {
    for (const kind of subjectKinds) {
      for (const option of needsProof(kind, 'email', 'allow'))
        expect(needsProof(kind, option.gives, 'allow')).toEqual([]);
    }
  });
});

describe('evidence of a record', () => {
  const origin = 'https://withhold.example';
  const match: Match = { kind: 'match', distance: 8, variant: 'full', orientation: 'r0' };

  test('says where, in which words, and how well proven', () => {
    const record = sampleRecord({
      except: ['Example AI'],
      licence: 'https://example.com/terms',
      contact: 'me',
    });
    expect(recordEvidence(record, 'train-ai', { origin })).toEqual([
      {
        source: 'registry',
        usage: 'train-ai',
        preference: 'disallow',
        where: 'record 0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b at https://withhold.example',
        quote: 'domain example.com: train-ai disallow, except Example AI, since 2026-11-23T14:02:00.000Z',
        observedAt: '2026-11-23T14:02:00.000Z',
        weight: 'decides',
        record: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b',
        trust: 'domain',
        contested: false,
        except: ['Example AI'],
        since: '2026-11-23T14:02:00.000Z',
        licence: 'https://example.com/terms',
        contact: 'me',
      },
    ]);
  });

  test('leaves out what is not there', () => {
    const [evidence] = recordEvidence(sampleRecord({ since: null }), 'train-ai', { origin });
    expect(evidence?.quote).toBe('domain example.com: train-ai disallow');
    for (const key of ['except', 'since', 'licence', 'contact', 'match', 'operators'])
      expect(evidence).not.toHaveProperty(key);
  });

  test('a match that is only possible never decides', () => {
    const evidence = (kind: Match['kind']) =>
      recordEvidence(sampleWork(), 'train-ai', { origin, match: { ...match, kind } });
    expect(evidence('exact')[0]).toMatchObject({ weight: 'decides', match: { kind: 'exact' } });
    expect(evidence('match')[0]?.weight).toBe('decides');
    expect(evidence('possible')[0]?.weight).toBe('possible');
  });

  test('style-imitation of anything but a name is silence', () => {
    const usages = { 'style-imitation': 'disallow' } as const;
    expect(recordEvidence(sampleRecord({ usages }), 'style-imitation', { origin })).toEqual([]);
    const name = sampleRecord({ usages, kind: 'name', key: 'jane doe' });
    expect(recordEvidence(name, 'style-imitation', { origin })[0]?.quote).toMatch(
      /^name jane doe: style-imitation disallow/,
    );
  });

  test('silence, a record out of force and an unproven allow say nothing; everything else says one thing', () => {
    const preference = fc.constantFrom('allow' as const, 'disallow' as const);
    const record = fc.record({
      kind: fc.constantFrom(...subjectKinds),
      trust: fc.constantFrom(...trustLevels),
      state: fc.constantFrom(...recordStates),
      contested: fc.boolean(),
      usages: fc.record({ 'train-ai': preference, search: preference }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(record, fc.constantFrom(...usages), (changes, usage) => {
        const full = sampleRecord({
          ...changes,
          usages: changes.usages as Record<string, 'allow' | 'disallow'>,
        });
        const evidence = recordEvidence(full, usage, { origin });
        const stated = full.usages[usage];
        const effect = effectOf(full);
        const silent =
          stated === undefined || effect === 'none' || (stated === 'allow' && full.trust === 'email');
        expect(evidence.map((each) => [each.preference, each.weight])).toEqual(
          silent ? [] : [[stated, effect]],
        );
      }),
    );
  });
});
