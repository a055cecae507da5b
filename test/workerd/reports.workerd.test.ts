import { describe } from 'vitest';
import { reportsSuite } from '../http/reports.suite.ts';
import { emptyD1 } from './d1.ts';

describe('reports of consumers in workerd over D1', () => {
  reportsSuite(emptyD1);
});
