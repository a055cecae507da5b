import { issueAdminLink } from '../actions/admin.ts';
import { buildClientIfStale } from '../build-client.ts';
import { readConfig } from '../config.ts';
import { startService } from '../node.ts';
import { noArguments } from './arguments.ts';
import { exitDone, type Io, say } from './io.ts';

/** `withhold serve`: runs the service, or a replica of another, until it is told to stop. */
export async function run(args: string[], io: Io): Promise<number> {
  if (args.some((arg) => arg === '--replica' || arg.startsWith('--replica='))) {
    return (await import('./serve-replica.ts')).serveReplica(args, io);
  }
  noArguments(args);
  const config = readConfig(io.env);
  await buildClientIfStale();
  const service = await startService(config);
  try {
    say(
      io,
      `serving ${config.origin} on ${service.url} (${config.development ? 'development' : 'production'})`,
    );
    if (config.development) say(io, `letters are not sent; read them at ${config.origin}/outbox`);
    const admin = await issueAdminLink(service.deps, false);
    if (admin !== null) say(io, `first administrator, this link works once: ${admin}`);
    await stopped(io.signal);
    say(io, 'finishing what is under way');
  } finally {
    await service.close();
  }
  return exitDone;
}

/** Resolves when the person or the system asks to stop. */
export function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
