import { describe } from 'vitest';
import { checkReceiptsSuite } from '../http/check-receipts.suite.ts';
import { emptyD1 } from './d1.ts';

describe('check receipts in workerd over D1', () => {
  checkReceiptsSuite(emptyD1);
});
