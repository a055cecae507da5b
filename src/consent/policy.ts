import canonicalize from 'canonicalize';
import type { Trust } from './evidence.ts';

/** What a consumer makes of the evidence. Plain data: the same policy gives the same digest everywhere. */
export interface Policy {
  name: string;
  /** Raised whenever the words of the shipped policy change. */
  version: number;
  /** What to do when nobody said anything. Unknown is never permission; this only says whether to go on. */
  unknown: 'proceed' | 'stop';
  /** Sources without which the answer is not complete: when one was not checked, the caller reviews. */
  required: readonly string[];
  /** Least proof for a registry record to decide. A refusal below it is still reported, as possible. */
  trust: { disallow: Trust; allow: Trust };
}

/** The policy of this version: what each kind of record needs beyond this is settled before it becomes evidence. */
export const shippedPolicy: Policy = {
  name: 'withhold',
  version: 1,
  unknown: 'proceed',
  required: ['registry', 'robots.txt'],
  trust: { disallow: 'email', allow: 'profile' },
};

/** @returns the policy as RFC 8785 canonical JSON; the order of `required` does not matter. */
export function canonicalPolicy(policy: Policy): string {
  const required = [...new Set(policy.required)].sort();
  return canonicalize({ ...policy, required }) ?? '';
}

/** @returns `sha256:` and the lower-case hex digest of `canonicalPolicy(policy)`. */
export async function policyDigest(policy: Policy): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalPolicy(policy));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
