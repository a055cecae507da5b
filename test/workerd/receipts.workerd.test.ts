import { describe } from 'vitest';
import { receiptsSuite } from '../http/receipts.suite.ts';
import { emptyD1 } from './d1.ts';

describe('receipts and erasure in workerd over D1', () => {
  receiptsSuite(emptyD1);
});
