import { describe } from 'vitest';
import { storageSuite } from '../db/storage.suite.ts';
import { emptyD1 } from './d1.ts';

describe('storage on D1 in workerd', () => {
  storageSuite(emptyD1);
});
