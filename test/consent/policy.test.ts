import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { earliestExpiry } from '../../src/consent/decision.ts';
import { canonicalPolicy, type Policy, policyDigest, shippedPolicy } from '../../src/consent/policy.ts';

describe('the policy', () => {
  it('has one canonical form and one digest, whatever the order of its parts', async () => {
    const same: Policy = {
      trust: { allow: 'profile', disallow: 'email' },
      required: ['robots.txt', 'registry', 'registry'],
      unknown: 'proceed',
      version: 1,
      name: 'withhold',
    };
    expect(canonicalPolicy(shippedPolicy)).toBe(
      '{"name":"withhold","required":["registry","robots.txt"],"trust":{"allow":"profile","disallow":"email"},"unknown":"proceed","version":1}',
    );
    expect(await policyDigest(same)).toBe(await policyDigest(shippedPolicy));
    expect(await policyDigest({ ...same, unknown: 'stop' })).not.toBe(await policyDigest(shippedPolicy));
  });

  it('the digest is SHA-256 of that form', async () => {
    const expected = createHash('sha256').update(canonicalPolicy(shippedPolicy)).digest('hex');
    expect(await policyDigest(shippedPolicy)).toBe(`sha256:${expected}`);
  });
});

describe('how long an answer holds', () => {
  it('until the first thing it stands on may change', () => {
    expect(
      earliestExpiry(['2026-11-24T12:00:00Z', '2026-11-23T13:00:00+02:00', '2026-11-23T11:30:00.500Z']),
    ).toBe('2026-11-23T11:00:00.000Z');
    expect(earliestExpiry(['2026-11-24T12:00:00Z'])).toBe('2026-11-24T12:00:00.000Z');
  });

  it('throws on what is no time', () => {
    expect(() => earliestExpiry(['soon'])).toThrow(RangeError);
    expect(() => earliestExpiry(['2026-11-24T12:00:00Z', 'soon'])).toThrow(RangeError);
  });
});
