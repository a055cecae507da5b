import { confirm } from '../../src/actions/confirm.ts';
import { deliverLetters } from '../../src/actions/letters.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { submit } from '../../src/actions/submit.ts';
import { readConfig } from '../../src/config.ts';
import { openService } from '../../src/node.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { type Acknowledged, type Ledger, newLedger } from './load.ts';

/**
 * A data folder with a log of `logged` records, and `waiting` more that were acknowledged and have no place yet.
 * @param logged 0 for a log that has never signed and has no files.
 */
export async function prepareFolder(
  env: Record<string, string>,
  { logged, waiting }: { logged: number; waiting: number },
): Promise<Ledger> {
  const ledger = newLedger();
  let token = '';
  const service = await openService(readConfig(env), {
    mail: async ({ text }) => {
      token = /\/confirm\/([A-Za-z0-9_-]+)/.exec(text)?.[1] ?? '';
    },
  });
  try {
    for (const [name, count] of [
      ['logged', logged],
      ['waiting', waiting],
    ] as const) {
      if (count === 0) continue;
      const names = Array.from({ length: count }, (_none, n) => `${name} ${n}`);
      const { id } = await submit(service.deps, {
        ...{ name: 'Ada Example', email: 'ada@example.com', role: 'owner' },
        ...{ statement: currentStatement.version, usages: { 'style-imitation': 'disallow' } },
        subjects: names.map((value) => ({ kind: 'name', value })),
      });
      await deliverLetters(service.deps);
      await confirm(service.deps, token);
      ledger.acknowledged.push({ id, names, confirmed: true, withdrawn: false } satisfies Acknowledged);
      if (name === 'logged') await sequence(service.deps);
    }
    const note = await service.deps.consentLog.lock.read();
    if (note !== null) ledger.checkpoints.add(note);
  } finally {
    await service.close();
  }
  return ledger;
}
