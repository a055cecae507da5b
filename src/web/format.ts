import { type Html, html } from './html.ts';

const counted = new Intl.NumberFormat('en-GB');
const days = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const clocks = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const distances = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' });
const joined = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** `1482` as `1,482`. */
export function count(value: number): string {
  return counted.format(value);
}

/** `a, b and c`. */
export function listOf(words: string[]): string {
  return joined.format(words);
}

/** An RFC 3339 time as `23 November 2026`. */
export function day(at: string): string {
  return days.format(new Date(at));
}

/** An RFC 3339 time as `23 November 2026, 14:02 UTC`. */
export function moment(at: string): string {
  return `${day(at)}, ${clocks.format(new Date(at))} UTC`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How far `at` (RFC 3339) lies from `now` (ms since the epoch), in words: `3 minutes ago`, `tomorrow`. */
export function distance(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000;
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  return step === undefined
    ? distances.format(0, 'second')
    : distances.format(Math.round(seconds / step[1]), step[0]);
}

/** A moment for people and machines, with the distance beside it. */
export function time(at: string, now: number): Html {
  return html`<time datetime="${at}">${moment(at)}</time> (${distance(at, now)})`;
}

/** A moment alone, for sentences that already say enough. */
export function timeOnly(at: string): Html {
  return html`<time datetime="${at}">${moment(at)}</time>`;
}

/** The ends of a hash, with the name of its kind where it has one: `sha256:3f9a51c2…08be77d1`. */
export function shortHash(hash: string): string {
  const start = hash.indexOf(':') + 1;
  return hash.length - start <= 20 ? hash : `${hash.slice(0, start + 8)}…${hash.slice(-8)}`;
}
