import { env } from 'cloudflare:test';
import { describe } from 'vitest';
import { durableLock } from '../../src/log-store/durable-lock.ts';
import { bucketFiles } from '../../src/log-store/r2.ts';
import { logSuite } from '../http/log.suite.ts';
import { storeSuite } from '../log-store/store.suite.ts';
import { emptyD1 } from './d1.ts';

describe('the consent log in workerd over D1', () => {
  logSuite(emptyD1);
});

describe('an R2 bucket and a Durable Object', () => {
  let count = 0;
  storeSuite(async () => {
    count += 1;
    const name = `log ${count}`;
    const open = async () => durableLock(env.LOCK.get(env.LOCK.idFromName(name)));
    return { files: bucketFiles(env.LOG, `${name}/`), lock: await open(), again: open };
  });
});
