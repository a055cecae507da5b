/** What the browser script says while it reads pictures and sends the form. */
export const client = {
  copied: 'Copied',
  reading: 'Reading',
  waiting: 'Waiting',
  fingerprinted: 'Fingerprinted.',
  exactOnly: (why: string) =>
    `Exact copies of this file are covered. Similar pictures are not, because ${why}.`,
  unreadable: 'We could not read this file as a picture. It is left out.',
  unreadableWhy: (why: string) => `Could not be read: ${why} It is left out.`,
  twice: 'The same file is already in the list. It is left out.',
  stopped: 'Not read, because you stopped. It is left out unless you read the rest.',
  remove: 'Remove',
  removeWhat: (name: string) => `Remove ${name}`,
  progress: (done: number, all: number) =>
    `${done.toLocaleString('en-GB')} of ${all.toLocaleString('en-GB')} pictures read.`,
  left: (seconds: number) =>
    seconds < 60
      ? `About ${Math.max(1, Math.round(seconds)).toLocaleString('en-GB')} s left.`
      : `About ${Math.round(seconds / 60).toLocaleString('en-GB')} min left.`,
  done: (good: number, exact: number, bad: number) =>
    [
      `${good.toLocaleString('en-GB')} ${good === 1 ? 'picture' : 'pictures'} fingerprinted.`,
      exact === 0 ? '' : `${exact.toLocaleString('en-GB')} by exact copies only.`,
      bad === 0 ? '' : `${bad.toLocaleString('en-GB')} left out.`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  stop: 'Stop reading',
  resume: 'Read the rest',
  tooMany: (max: number) =>
    `One opt-out holds ${max.toLocaleString('en-GB')} subjects. The rest was not added; send it as a second opt-out.`,
  stillReading: 'Some pictures are still being read. Wait for them, or stop reading.',
  sending: 'Sending',
  unreachable: 'The registry could not be reached. What you entered is still here; try again in a moment.',
  unexpected: 'The registry answered in a way this page does not understand. What you entered is still here.',
};
