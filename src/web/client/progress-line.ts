import { client as text } from '../texts/en/client.ts';
import { need } from './element.ts';

export type PictureState = 'waiting' | 'reading' | 'good' | 'exact' | 'bad' | 'stopped';

/** What is done, what is left and how long, with the button that stops and goes on. */
export interface ProgressLine {
  /** Begins to measure: what is left is told from how fast it goes from here. */
  start(): void;
  update(): void;
  /** Said beside the result, until the next start. */
  warn(words: string): void;
}

const isLeft = (state: PictureState) => state === 'waiting' || state === 'reading';

export function progressLine(
  root: HTMLElement,
  states: () => PictureState[],
  acts: { stop(): void; resume(): void },
): ProgressLine {
  const box = need(root, '[data-reading]');
  const line = need(root, '[data-reading-state]');
  const bar = need<HTMLProgressElement>(root, '[data-reading-progress]');
  const button = need<HTMLButtonElement>(root, '[data-reading-stop]');
  let startedAt = 0;
  let leftAtStart = 0;
  let warning = '';
  let scheduled = false;

  const draw = () => {
    scheduled = false;
    const all = states();
    const left = all.filter(isLeft).length;
    leftAtStart = Math.max(leftAtStart, left);
    box.hidden = all.length === 0;
    bar.hidden = left === 0;
    bar.max = Math.max(1, all.length);
    bar.value = all.length - left;
    button.hidden = left === 0 && !all.includes('stopped');
    button.textContent = left > 0 ? text.stop : text.resume;
    line.textContent =
      left > 0
        ? [text.progress(all.length - left, all.length), timeLeft(leftAtStart - left, left, startedAt)].join(
            ' ',
          )
        : [result(all), warning].join(' ').trim();
  };
  button.addEventListener('click', () => (states().some(isLeft) ? acts.stop() : acts.resume()));
  return {
    start() {
      startedAt = performance.now();
      leftAtStart = 0;
      warning = '';
    },
    update() {
      if (scheduled) return;
      scheduled = true;
      requestAnimationFrame(draw);
    },
    warn(words) {
      warning = words;
    },
  };
}

function result(all: PictureState[]): string {
  const count = (state: PictureState) => all.filter((candidate) => candidate === state).length;
  return text.done(count('good'), count('exact'), count('bad') + count('stopped'));
}

function timeLeft(done: number, left: number, startedAt: number): string {
  return done < 1 ? '' : text.left(((performance.now() - startedAt) / 1000 / done) * left);
}
