import { number } from '../filter/summary.ts';
import { type Io, say } from '../io.ts';

/** Shows how far a run is: one line that renews itself on a terminal, a line now and then elsewhere. */
export interface Progress {
  tick(): void;
  /** Takes the line away. */
  end(): void;
}

const terminalMs = 200;
const lineMs = 10_000;

/** @param words what there is to say, given the seconds since the start. */
export function createProgress(io: Io, clock: () => number, words: (seconds: number) => string): Progress {
  const start = clock();
  let shownAt = start;
  let isShown = false;
  return {
    tick() {
      const now = clock();
      if (now - shownAt < (io.isTty ? terminalMs : lineMs)) return;
      shownAt = now;
      const line = words((now - start) / 1_000);
      if (io.isTty) io.stderr.write(`\r${line}\x1b[K`);
      else say(io, line);
      isShown = io.isTty;
    },
    end() {
      if (isShown) io.stderr.write('\r\x1b[K');
      isShown = false;
    },
  };
}

export interface GatherCount {
  /** Gathered by this run and those it goes on from; of how many. */
  done: number;
  total: number;
  /** By this run. */
  now: number;
  unreachable: number;
}

export function gatherWords({ done, total, now, unreachable }: GatherCount, seconds: number): string {
  const rate = seconds > 0 ? now / seconds : 0;
  const parts = [`${number(done)} of ${number(total)} origins`, `${number(Math.round(rate))} a second`];
  parts.push(`${number(unreachable)} unreachable`);
  if (rate > 0 && total > done) parts.push(`${duration((total - done) / rate)} left`);
  return parts.join(', ');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
