import { currentStatement } from '../../src/opt-outs/statement.ts';
import type { World } from './world.ts';

/** Registers artist names for Ada, and confirms. */
export async function optOut(world: World, names: readonly string[]): Promise<void> {
  await world.request('/v1/opt-outs', {
    json: {
      name: 'Ada Example',
      email: 'ada@example.com',
      role: 'owner',
      statement: currentStatement.version,
      affirmed: true,
      usages: { 'train-ai': 'disallow', 'style-imitation': 'disallow' },
      subjects: names.map((value) => ({ kind: 'name', value })),
    },
  });
  const token = await world.lastToken('confirm');
  const { status } = await world.request('/v1/confirmations', { json: { token } });
  if (status !== 200) throw new Error(`the opt-out was not confirmed: ${status}`);
}
