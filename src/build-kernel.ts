import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';
import { packageFolder } from './paths.ts';

const folder = new URL('src/images/index/', packageFolder);

/** @returns the text of src/images/index/kernel-bytes.ts, assembled from kernel.wat beside it. */
export async function assembleKernel(): Promise<string> {
  const { parseWat } = await wabt();
  const source = readFileSync(new URL('kernel.wat', folder), 'utf8');
  const module = parseWat('kernel.wat', source, { simd: true, threads: true });
  const { buffer } = module.toBinary({});
  const base64 = Buffer.from(buffer).toString('base64');
  const lines = base64.match(/.{1,100}/g) ?? [];
  return [
    '// Made from kernel.wat by `node src/build-kernel.ts`; change that file and run it again.',
    '',
    '/** The assembled kernel, in base64. */',
    'export const kernelBase64 =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(new URL('kernel-bytes.ts', folder), await assembleKernel());
