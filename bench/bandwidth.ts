import wabt from 'wabt';

/** Reads a memory 64 bytes at a time and does nothing with it: as fast as one core gets at memory. */
const source = `(module
  (import "index" "memory" (memory 1 65536 shared))
  (func (export "read") (param $at i32) (param $end i32) (result i32)
    (local $a v128) (local $b v128)
    (loop $next
      (local.set $a (v128.or (local.get $a) (v128.load (local.get $at))))
      (local.set $b (v128.or (local.get $b) (v128.load offset=16 (local.get $at))))
      (local.set $a (v128.or (local.get $a) (v128.load offset=32 (local.get $at))))
      (local.set $b (v128.or (local.get $b) (v128.load offset=48 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i32x4.extract_lane 0 (v128.or (local.get $a) (local.get $b)))))`;

/** @returns a function that reads so many bytes of a memory from `at` on, multiples of 64. */
export async function readerOf(memory: WebAssembly.Memory): Promise<(at: number, bytes: number) => void> {
  const { parseWat } = await wabt();
  const { buffer } = parseWat('read.wat', source, { simd: true, threads: true }).toBinary({});
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(buffer as Uint8Array<ArrayBuffer>), {
    index: { memory },
  });
  const read = exports.read as (at: number, end: number) => number;
  return (at, bytes) => void read(at, at + bytes);
}
