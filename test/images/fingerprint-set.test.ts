import { describe } from 'vitest';
import { packedScan } from '../../src/images/fingerprint-set.ts';
import { planFor } from '../../src/images/index/bands.ts';
import { allocateJs } from '../../src/images/index/kernel-js.ts';
import { allocateWasm } from '../../src/images/index/kernel-wasm.ts';
import { fingerprintSetSuite } from './fingerprint-set.suite.ts';

describe('packed, scanned by JavaScript', () => {
  fingerprintSetSuite(packedScan);
});

describe('filed from the first row on, searched by JavaScript', () => {
  fingerprintSetSuite({ allocate: allocateJs, planOf: (rows) => planFor(rows) });
});

describe('filed above ten rows, searched by the assembled kernel', () => {
  fingerprintSetSuite({ allocate: allocateWasm, planOf: (rows) => (rows < 10 ? null : planFor(rows)) });
});
