const dayMs = 86_400_000;

/** A domain proof that was found is looked for again after this time. */
export const proofRecheckMs = 90 * dayMs;
/** A proof that is missing is lost when it is still missing after this time. */
export const proofLostMs = 7 * dayMs;

/** One look for a proof. Every failure to find it counts, whatever the reason. */
export interface ProofCheck {
  /** Milliseconds since 1970. */
  atMs: number;
  found: boolean;
}

export interface ProofState {
  /** `unproven`: never found. `missing`: found before, not now. `lost`: missing for `proofLostMs`, so suspended. */
  state: 'unproven' | 'holds' | 'missing' | 'lost';
  /** When to look again, milliseconds since 1970; never in the past of `nowMs`. */
  dueAtMs: number;
}

/**
 * What a history of checks means now: found once it holds, and missed twice with `proofLostMs` between it is lost.
 *
 * @param history in any order; checks after `nowMs` are ignored.
 */
export function nextProofState(history: readonly ProofCheck[], nowMs: number): ProofState {
  const checks = history.filter((check) => check.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
  const lastFound = checks.findLastIndex((check) => check.found);
  const found = checks[lastFound];
  if (found === undefined) return { state: 'unproven', dueAtMs: nowMs };
  const last = checks.at(-1) ?? found;
  const firstMiss = checks[lastFound + 1];
  if (firstMiss === undefined) {
    return { state: 'holds', dueAtMs: Math.max(nowMs, found.atMs + proofRecheckMs) };
  }
  if (last.atMs - firstMiss.atMs >= proofLostMs) {
    return { state: 'lost', dueAtMs: Math.max(nowMs, last.atMs + proofLostMs) };
  }
  return { state: 'missing', dueAtMs: Math.max(nowMs, firstMiss.atMs + proofLostMs) };
}

/** Whether it is time to look for a proof again. */
export function proofDue(history: readonly ProofCheck[], nowMs: number): boolean {
  return nextProofState(history, nowMs).dueAtMs <= nowMs;
}
