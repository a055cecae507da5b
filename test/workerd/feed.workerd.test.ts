import { describe } from 'vitest';
import { feedSuite } from '../http/feed.suite.ts';
import { emptyD1 } from './d1.ts';

describe('the feed in workerd over D1', () => {
  feedSuite(emptyD1);
});
