import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { registryIn, type SampleRegistry } from './registry-in.ts';

export type { SampleRegistry } from './registry-in.ts';

/** A registry in a folder that goes with the test. @param over settings, such as WITHHOLD_SNAPSHOT_KEEP. */
export async function sampleRegistry(
  over: Record<string, string> = {},
  clock: () => number = Date.now,
): Promise<SampleRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-snapshot-'));
  const registry = await registryIn(folder, over, clock);
  onTestFinished(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return registry;
}
