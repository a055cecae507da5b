import { setTimeout } from 'node:timers/promises';
import { deliverLetters } from '../../src/actions/letters.ts';
import { readConfig } from '../../src/config.ts';
import { startService } from '../../src/node.ts';

/** What the service says to the process that will kill it. */
export type Said = { url: string } | { token: string };

const letterPauseMs = 5;
const wide = 1_000_000;

const say = (said: Said) => process.send?.(said);

// The real service on its port with its own jobs; letters go to the parent, and without waiting a second.
const service = await startService(readConfig(process.env), {
  limitScale: wide,
  mail: async ({ text }) => {
    const token = /\/confirm\/([A-Za-z0-9_-]+)/.exec(text)?.[1];
    if (token !== undefined) say({ token });
  },
});
say({ url: service.url });
process.once('disconnect', () => process.exit());
for (;;) {
  await deliverLetters(service.deps);
  await setTimeout(letterPauseMs);
}
