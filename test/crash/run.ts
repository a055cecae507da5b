import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type KillFigures, killAgainAndAgain } from './kills.ts';
import { reliabilityPage } from './reliability.ts';
import { failEverySyscall, missingStrace } from './syscalls.ts';

/** Each on data of its own; two, because the machine has to be busy while one of them starts. */
const lanes = 2;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const perLane = Math.ceil(Number(values.kills) / lanes);
const say = (line: string) => process.stdout.write(`${line}\n`);
const from = performance.now();
const seconds = () => Math.round((performance.now() - from) / 1000);

const parts = await Promise.all(
  Array.from({ length: lanes }, (_none, lane) => killAgainAndAgain(perLane, seed + lane)),
);
const kills = parts.reduce((a, b) => {
  const names = Object.keys(a) as (keyof KillFigures)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as KillFigures;
});
say(`${kills.kills} kills, ${kills.requests} answers with 2xx, none lost (${seconds()} s)`);
const missing = await missingStrace();
if (missing !== null) say(`SKIPPED failing system calls: ${missing}`);
const syscalls = missing === null ? await failEverySyscall(say) : null;
if (syscalls !== null) say(`${syscalls.runs} system calls failed one by one, all mended (${seconds()} s)`);
if (values.write) {
  const page = reliabilityPage({ kills, lanes, seed, syscalls, missing, seconds: seconds() });
  writeFileSync(new URL('../../docs/reliability.md', import.meta.url), page);
}
say('nothing lost, no history altered');
