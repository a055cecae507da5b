import { readConfig } from '../src/config.ts';
import { startService } from '../src/node.ts';
import { followParent } from './child.ts';
import { coldHostOf, coldHosts } from './cold.ts';

/** Raises every rate limit; the limiter itself works as always. */
const limitScale = 1e6;

/**
 * The service in a process of its own, as `npm start` runs it: a real database file, the real fetcher, its jobs. Names
 * lead to this machine, where only the one local origin may be fetched.
 */
const [folder = '', originPort = '0'] = process.argv.slice(2);
const service = await startService(
  readConfig({ WITHHOLD_DATA: folder, WITHHOLD_PORT: '0', WITHHOLD_LOG_LEVEL: 'error' }),
  {
    limitScale,
    mail: async () => {},
    resolver: { resolve: async () => ['127.0.0.1'], resolveTxt: async () => [] },
    allow: [
      `127.0.0.1:${originPort}`,
      ...Array.from({ length: coldHosts }, (_none, n) => `${coldHostOf(n)}:${originPort}`),
    ],
  },
);
followParent(service.url, service.close);
