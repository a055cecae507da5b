import { describe } from 'vitest';
import { logSuite } from './log.suite.ts';

describe('the formats of the log on Node', () => {
  logSuite();
});
