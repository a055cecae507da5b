import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RobotsCaps } from '../src/consent/robots/file.ts';
import { robotsAllows } from '../src/consent/robots/match.ts';
import { parseRobots } from '../src/consent/robots/parse.ts';
import { type Hostile, hostileFiles, hostileUrl } from '../test/consent/hostile-robots.ts';
import { markdownTable } from './table.ts';

const targets = { ms: 50, mb: 64 };
const looks = 5;
const uncapped: RobotsCaps = {
  bytesMax: Infinity,
  lineOctetsMax: Infinity,
  rulesMax: Infinity,
  agentsMax: Infinity,
  extensionsMax: Infinity,
  diagnosticsMax: Infinity,
};

/** Files built to be slow or large: time and memory with the caps of the service, and parse time without any. */
export function hostileTable(): { lines: string[]; isMet: boolean } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const found = hostileFiles.map((file) => ({ file, ...measure(file, collect) }));
  const slowest = Math.max(...found.map(({ parseMs, askMs }) => parseMs + askMs));
  const largest = Math.max(...found.map(({ heapMb }) => heapMb));
  const isMet = slowest <= targets.ms && largest <= targets.mb;
  const rows = found.map(({ file, sizeMb, parseMs, askMs, heapMb, uncappedMs }) => [
    file.name,
    sizeMb.toFixed(2),
    parseMs.toFixed(1),
    askMs.toFixed(1),
    heapMb.toFixed(1),
    uncappedMs.toFixed(1),
    (uncappedMs / sizeMb).toFixed(0),
  ]);
  const titles = ['built to hurt', 'MB', 'parse ms', 'question ms', 'heap MB', 'no caps: parse ms', 'ms/MB'];
  const target =
    `Target: parse and one question ≤ ${targets.ms} ms and ${targets.mb} MB with the caps of the service; ` +
    `${isMet ? 'met' : 'missed'} (${slowest.toFixed(1)} ms, ${largest.toFixed(1)} MB). Medians of ${looks}; ` +
    'heap is what parsing and asking added to it, garbage included.';
  return { lines: [...markdownTable(titles, rows), '', target], isMet };
}

function measure(hostile: Hostile, collect: () => void) {
  const input = hostile.make(1);
  const question = { agent: 'x', url: hostileUrl(hostile) };
  const runs = Array.from({ length: looks }, () => {
    collect();
    const heap = process.memoryUsage().heapUsed;
    const from = performance.now();
    const parsed = parseRobots(input);
    const read = performance.now();
    robotsAllows(parsed, question);
    const answered = performance.now();
    const heapMb = (process.memoryUsage().heapUsed - heap) / 1e6;
    return { parseMs: read - from, askMs: answered - read, heapMb };
  });
  const uncappedRuns = Array.from({ length: 3 }, () => {
    const from = performance.now();
    parseRobots(input, uncapped);
    return performance.now() - from;
  });
  return {
    sizeMb: input.length / 1e6,
    parseMs: middle(runs.map(({ parseMs }) => parseMs)),
    askMs: middle(runs.map(({ askMs }) => askMs)),
    heapMb: Math.max(...runs.map(({ heapMb }) => heapMb)),
    uncappedMs: middle(uncappedRuns),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
