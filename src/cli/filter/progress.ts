import type { Io } from '../io.ts';
import { say } from '../io.ts';
import { number } from './summary.ts';

/** Shows how far a run is: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** Called whenever rows are done. */
  tick(state: ProgressState): void;
  /** Says something without tearing the bar. */
  say(words: string): void;
  /** Shows the last state, whatever was shown before. */
  end(): void;
}

export interface ProgressState {
  rows: number;
  dropped: number;
  bytes: number;
}

const barMs = 200;
const lineMs = 10_000;
const lineRows = 100_000;
const barWidth = 24;

/**
 * @param bytesTotal size of the inputs; undefined when not known.
 * @param rowsBefore rows done by the run that this one goes on from, which do not count for its speed.
 */
export function createProgress(
  io: Io,
  clock: () => number,
  bytesTotal: number | undefined,
  rowsBefore: number,
): Progress {
  const start = clock();
  let state: ProgressState | undefined;
  let shownAt = start;
  let shownRows = rowsBefore;
  let barShown = false;
  const clear = () => {
    if (barShown) io.stderr.write('\r\x1b[K');
    barShown = false;
  };
  const show = (latest: ProgressState) => {
    const words = wordsOf(latest, bytesTotal, (clock() - start) / 1_000, rowsBefore);
    if (io.isTty) {
      io.stderr.write(`\r${bar(latest, bytesTotal)}${words}\x1b[K`);
      barShown = true;
    } else say(io, words);
    shownAt = clock();
    shownRows = latest.rows;
  };
  return {
    tick(latest) {
      state = latest;
      const elapsedMs = clock() - shownAt;
      const due = io.isTty ? elapsedMs >= barMs : elapsedMs >= lineMs || latest.rows - shownRows >= lineRows;
      if (due) show(latest);
    },
    say(words) {
      clear();
      say(io, words);
    },
    end() {
      if (state !== undefined && state.rows !== shownRows) show(state);
      if (barShown) io.stderr.write('\n');
      barShown = false;
    },
  };
}

function wordsOf(state: ProgressState, total: number | undefined, seconds: number, before: number): string {
  const rate = seconds > 0 ? (state.rows - before) / seconds : 0;
  const parts = [`${number(state.rows)} rows`, `${number(Math.round(rate))} rows/s`];
  parts.push(`${number(state.dropped)} dropped`);
  const share = shareOf(state, total);
  const perRow = state.rows === 0 ? 0 : state.bytes / state.rows;
  if (share !== undefined && share < 1 && rate > 0 && perRow > 0) {
    const secondsLeft = ((total as number) - state.bytes) / perRow / rate;
    parts.push(`${duration(secondsLeft)} left`);
  }
  return parts.join(', ');
}

function bar(state: ProgressState, total: number | undefined): string {
  const share = shareOf(state, total);
  if (share === undefined) return '';
  const full = Math.round(share * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${Math.floor(share * 100)} % `;
}

function shareOf(state: ProgressState, total: number | undefined): number | undefined {
  return total === undefined || total === 0 ? undefined : Math.min(1, state.bytes / total);
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
