import { startReplica } from '../src/replica/replica.ts';
import { readReplicaConfig } from '../src/replica/settings.ts';
import { openSnapshot } from '../src/snapshots/open.ts';
import { followParent } from './child.ts';

/** A replica of a registry in a process of its own, as `withhold serve --replica` runs it. */
const [server = '', folder = ''] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const replica = await startReplica(readReplicaConfig({ WITHHOLD_PORT: '0' }), {
  ...{ server, folder, allowStale: false, open: openSnapshot, log: silent },
});
await replica.loaded;
followParent(replica.url, replica.close);
