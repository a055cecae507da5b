import { describe } from 'vitest';
import { apiSuite } from '../http/api.suite.ts';
import { crawlersSuite } from '../http/crawlers.suite.ts';
import { signalsSuite } from '../http/signals.suite.ts';
import { siteSuite } from '../http/site.suite.ts';
import { emptyD1 } from './d1.ts';

describe('API in workerd over D1', () => {
  apiSuite(emptyD1);
  crawlersSuite(emptyD1);
  signalsSuite(emptyD1);
  siteSuite(emptyD1);
});
