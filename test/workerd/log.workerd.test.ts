import { describe } from 'vitest';
import { logSuite } from '../log/log.suite.ts';

describe('the formats of the log in workerd', () => {
  logSuite();
});
