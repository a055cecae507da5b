import { number } from '../filter/summary.ts';
import { type Io, say } from '../io.ts';

export interface Count {
  /** Fingerprinted now. */
  read: number;
  /** Left as they were, because an earlier run had read them. */
  kept: number;
  skipped: number;
  bad: number;
}

/** Shows how far a run is: one line that renews itself on a terminal, a line now and then elsewhere. */
export interface Progress {
  tick(): void;
  /** Says something without tearing the line. */
  say(words: string): void;
  /** Takes the line away. */
  end(): void;
}

const terminalMs = 200;
const lineMs = 10_000;

/** @param total how many files there are to look at, once that is known. */
export function createProgress(
  io: Io,
  clock: () => number,
  count: Count,
  total: () => number | undefined,
): Progress {
  const start = clock();
  let shownAt = start;
  let isShown = false;
  const clear = () => {
    if (isShown) io.stderr.write('\r\x1b[K');
    isShown = false;
  };
  return {
    tick() {
      const now = clock();
      if (now - shownAt < (io.isTty ? terminalMs : lineMs)) return;
      shownAt = now;
      const words = wordsOf(count, total(), (now - start) / 1_000);
      if (io.isTty) io.stderr.write(`\r${words}\x1b[K`);
      else say(io, words);
      isShown = io.isTty;
    },
    say(words) {
      clear();
      say(io, words);
    },
    end: clear,
  };
}

function wordsOf(count: Count, total: number | undefined, seconds: number): string {
  const done = count.read + count.kept + count.skipped + count.bad;
  const rate = seconds > 0 ? count.read / seconds : 0;
  const parts = [
    total === undefined ? `${number(done)} files` : `${number(done)} of ${number(total)} files`,
    `${number(count.read)} fingerprinted`,
    `${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))} a second`,
  ];
  if (count.bad > 0) parts.push(`${number(count.bad)} cannot be read`);
  if (total !== undefined && rate > 0 && total > done) parts.push(`${duration((total - done) / rate)} left`);
  return parts.join(', ');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
