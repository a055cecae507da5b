import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { deliverLetters } from '../actions/letters.ts';
import { readConfig } from '../config.ts';
import type { Letter } from '../deps.ts';
import { AppError } from '../errors.ts';
import { type RunningService, type ServiceOverrides, startService } from '../node.ts';
import { type Sites, startSites } from './sites.ts';

/** A service with its own folder, its own piece of the web and nobody but us to write letters to. */
export interface World {
  service: RunningService;
  sites: Sites;
  /** Holds everything the demo writes. */
  folder: string;
  /** Letters handed over so far, newest last. */
  letters: readonly Letter[];
  /** Stops everything and deletes the folder. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** 0 takes any free port. */
  port: number;
  mount: NonNullable<ServiceOverrides['mount']>;
  /** Told of faults inside the service. */
  onError(words: string): void;
}

/** Callers of the demo are the demo itself, and it asks for a lot in a short time. */
const limitScale = 1_000;

/** @throws AppError `misconfigured` when the port is taken. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'withhold-demo-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const sites = await startSites();
  const letters: Letter[] = [];
  try {
    const port = options.port === 0 ? await freePort() : options.port;
    const config = readConfig({
      WITHHOLD_ORIGIN: `http://localhost:${port}`,
      WITHHOLD_PORT: String(port),
      WITHHOLD_DATA: folder,
      WITHHOLD_OPERATOR: 'the Withhold demo',
    });
    const service = await startService(config, {
      resolver: sites.resolver,
      allow: sites.allow,
      route: sites.route,
      mount: options.mount,
      limitScale,
      mail: async (letter) => void letters.push(letter),
      log: {
        info: () => {},
        warn: () => {},
        error: (fields, message) => options.onError(`${message} ${JSON.stringify(fields)}`),
      },
    });
    return {
      service,
      sites,
      folder,
      letters,
      async close() {
        try {
          await service.close();
          await sites.close();
        } finally {
          remove();
        }
      },
    };
  } catch (error) {
    await sites.close();
    remove();
    throw error;
  }
}

/** The origin has to be known before the service listens, so the port is chosen first. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

const looksMax = 250;
const betweenLooksMs = 20;

/** The token of the newest link of a kind that was written to an address. */
export async function tokenFromLetter(
  world: World,
  email: string,
  kind: 'confirm' | 'link',
): Promise<string> {
  const link = new RegExp(`/${kind}/([A-Za-z0-9_-]+)`);
  // The service's own job may be the one that is handing the letter over just now.
  for (let look = 0; look < looksMax; look += 1) {
    await deliverLetters(world.service.deps);
    for (const { to, text } of world.letters.toReversed()) {
      const token = to === email ? link.exec(text)?.[1] : undefined;
      if (token !== undefined) return token;
    }
    await setTimeout(betweenLooksMs);
  }
  throw new AppError('not-found', `no letter to ${email} holds a ${kind} link`);
}
