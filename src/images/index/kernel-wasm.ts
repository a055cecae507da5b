import { kernelBase64 } from './kernel-bytes.ts';
import type { IndexMemory, Kernel } from './memory.ts';

const pageBytes = 65_536;

let compiled: WebAssembly.Module | undefined;

/**
 * Shared memory with the assembled kernel. Not for Workers, which compile no code at run time.
 * @throws RangeError when there is not so much memory.
 */
export function allocateWasm(bytes: number): IndexMemory {
  const pages = Math.max(1, Math.ceil(bytes / pageBytes));
  return adoptWasm(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
}

/** The same over a memory that another thread made. */
export function adoptWasm(shared: WebAssembly.Memory): IndexMemory {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kernelBase64), (char) => char.charCodeAt(0)));
  const instance = new WebAssembly.Instance(compiled, { index: { memory: shared } });
  return { buffer: shared.buffer, kernel: instance.exports as unknown as Kernel, shared };
}
