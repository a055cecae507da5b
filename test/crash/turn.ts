import { sequence } from '../../src/actions/sequence.ts';
import { readConfig } from '../../src/config.ts';
import type { Deps } from '../../src/deps.ts';
import { openDatabase } from '../../src/open.ts';
import { openConsentLog } from '../../src/open-log.ts';

// One turn of the sequencer in a process of its own, as the service begins it after a start.
const config = readConfig(process.env);
const database = await openDatabase(config);
const { consentLog, closeLock } = await openConsentLog(config);
process.stdout.write(`${await sequence({ database, consentLog, clock: Date.now } as unknown as Deps)}\n`);
closeLock();
database.close();
