import { resolveAgent } from '../../src/consent/agent.ts';
import { decide } from '../../src/consent/decide.ts';
import type { Verdict } from '../../src/consent/decision.ts';
import type { Evidence } from '../../src/consent/evidence.ts';
import { shippedPolicy } from '../../src/consent/policy.ts';
import type { SignalContext } from '../../src/consent/signal.ts';

/** The usages site signals speak about; `style-imitation` is the registry's alone. */
export const signalUsages = ['train-ai', 'ai-use', 'search'] as const;
export type SignalUsage = (typeof signalUsages)[number];

/** A context with everything but what the test is about. */
export function contextOf(
  given: { url?: string; agent?: string | null; where?: string } = {},
): SignalContext {
  return {
    url: given.url ?? 'https://example.com/p',
    agent: given.agent === undefined || given.agent === null ? null : resolveAgent(given.agent),
    where: given.where ?? 'response header',
    observedAt: '2026-11-23T12:00:00.000Z',
  };
}

/** @returns what the evidence alone decides about each usage, for that agent, under the shipped policy. */
export function verdicts(evidence: readonly Evidence[], agent: string | null): Record<SignalUsage, Verdict> {
  const question = { agent: agent === null ? null : resolveAgent(agent), policy: shippedPolicy };
  const verdict = (usage: SignalUsage) => decide(evidence, { ...question, usage }).verdict;
  return { 'train-ai': verdict('train-ai'), 'ai-use': verdict('ai-use'), search: verdict('search') };
}
