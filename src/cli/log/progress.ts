import { type Io, say } from '../io.ts';

const everyMs = 10_000;

/** Says where a long run is, now and then. */
export function sayEvery<T>(io: Io, words: (state: T) => string): (state: T) => void {
  let saidAt = Date.now();
  return (state) => {
    if (Date.now() - saidAt < everyMs) return;
    saidAt = Date.now();
    say(io, words(state));
  };
}
