import { isLocal } from '../config.ts';
import type { CheckDeps } from '../deps.ts';
import type { OpenSnapshot } from './open.ts';

/**
 * What answers a check from a snapshot, as a registry would from its database. Sites are not asked unless the caller
 * has a cache for what they say. An answer of a snapshot past its time says so.
 */
export function snapshotDeps(
  snapshot: OpenSnapshot,
  { clock, signals = null }: Pick<CheckDeps, 'clock'> & { signals?: CheckDeps['signals'] },
): CheckDeps {
  const { origin } = snapshot.asOf();
  return {
    clock,
    signals,
    config: { origin: registryOrigin(origin) },
    lookup: snapshot.lookup,
    fingerprints: snapshot.fingerprints,
    hits: { add: () => {} },
    consentLog: {
      origin,
      get published() {
        const { size, root, note } = snapshot.asOf();
        return { size, root, note };
      },
    },
    warnings: () => snapshotWarnings(snapshot, clock()),
  };
}

/** What every answer of a snapshot past its time says; nothing before that. @param nowMs Unix ms. */
export function snapshotWarnings(snapshot: OpenSnapshot, nowMs: number): string[] {
  if (!snapshot.isStale(nowMs)) return [];
  const { notAfter } = snapshot.manifest.content;
  return [
    `this snapshot of the registry was to be used until ${notAfter} and no longer: ` +
      'what was erased since may still be in it, and what was added since may be missing',
  ];
}

/** Where the registry of a log is: `registry.example/log` is of https://registry.example; on this machine it is http. */
export function registryOrigin(logOrigin: string): string {
  const host = logOrigin.replace(/\/log$/, '');
  const name = URL.parse(`http://${host}`)?.hostname ?? '';
  return `${isLocal(name) ? 'http' : 'https'}://${host}`;
}
