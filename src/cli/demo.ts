import { rmSync } from 'node:fs';
import { buildClientIfStale } from '../build-client.ts';
import { mountReport } from '../demo/report.ts';
import { type Story, tellStory } from '../demo/story.ts';
import { storyWords } from '../demo/words.ts';
import { openWorld, type World } from '../demo/world.ts';
import { AppError } from '../errors.ts';
import { noArguments, readArguments } from './arguments.ts';
import { exitDone, exitUnfinished, type Io, say, write } from './io.ts';

/** Where the demo listens unless told otherwise: one above the service, so that both can run. */
export const demoPort = 8788;

/**
 * `withhold demo`: a seeded throw-away registry that tells its story and stays up until it is told to stop.
 * @param onTold given the world and the story once it is printed, while the service is up.
 */
export async function run(
  args: string[],
  io: Io,
  onTold: (world: World, story: Story) => void = () => {},
): Promise<number> {
  const given = readArguments(args, { port: 'string', once: 'boolean' });
  noArguments(given.rest);
  const wished = given.text('port');
  const port = given.count('port', { min: 0, max: 65_535, otherwise: demoPort });
  await buildClientIfStale();
  let story: Story | undefined;
  const open = (at: number) =>
    openWorld({
      port: at,
      mount: mountReport(() => story?.filter.summaryFile ?? null),
      onError: (words) => say(io, words),
    });
  const world = await open(port).catch((error) => {
    if (wished === undefined && isTaken(error)) return open(0);
    throw isTaken(error) ? portTaken(port, error) : error;
  });
  const stopAsking = forceOnSecondSignal(world, io);
  try {
    const steps = showSteps(io);
    story = await tellStory(world, io.signal, steps.show).finally(steps.clear);
    await write(io, storyWords(story));
    onTold(world, story);
    if (given.flag('once')) return exitDone;
    say(io, `${world.service.deps.config.origin} stays up; Ctrl-C ends the demo and deletes ${world.folder}`);
    await stopped(io.signal);
    return exitDone;
  } catch (error) {
    // What was under way when the person asked to stop fails in ways that mean nothing.
    if (io.signal.aborted) return exitUnfinished;
    throw error;
  } finally {
    await world.close();
    stopAsking();
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof AppError && ((error.cause ?? {}) as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function portTaken(port: number, cause: unknown): AppError {
  return new AppError('misconfigured', `port ${port} is in use`, {
    fix: 'give another with --port, or none for any that is free',
    cause,
  });
}

/** Says what is under way: on a terminal one line that is written over, elsewhere nothing. */
function showSteps(io: Io): { show: (words: string) => void; clear: () => void } {
  const isShown = io.isTty;
  return {
    show: (words) => void (isShown && io.stderr.write(`\r${words}\x1b[K`)),
    clear: () => void (isShown && io.stderr.write('\r\x1b[K')),
  };
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** npm passes a Ctrl-C on that the terminal has sent already, so the second of two at once is not a second wish. */
const sameWishMs = 1_000;

/**
 * The first signal ends the demo in order. A later one would end the process as it stands and leave the folder, so
 * it is taken here: the folder is deleted, then the process ends.
 * @returns what takes the handlers away again.
 */
function forceOnSecondSignal(world: World, io: Io): () => void {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let firstAt: number | undefined;
  const onSignal = () => {
    firstAt ??= performance.now();
    if (!io.signal.aborted || performance.now() - firstAt < sameWishMs) return;
    rmSync(world.folder, { recursive: true, force: true });
    process.exit(exitUnfinished);
  };
  for (const name of names) process.on(name, onSignal);
  return () => {
    for (const name of names) process.off(name, onSignal);
  };
}
