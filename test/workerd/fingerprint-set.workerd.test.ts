import { describe } from 'vitest';
import { packedScan } from '../../src/images/fingerprint-set.ts';
import { fingerprintSetSuite } from '../images/fingerprint-set.suite.ts';

describe('fingerprints in workerd', () => {
  fingerprintSetSuite(packedScan);
});
