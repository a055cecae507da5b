import { parentPort } from 'node:worker_threads';
import type { DecodeReply, DecodeTask } from '../../src/decode-thread.ts';

// A stand-in for the decoding thread that fails as the last byte of the file tells it to.
const port = parentPort;
if (port === null) throw new Error('failing-thread.ts only runs as a worker thread');

port.on('message', ({ id, bytes, format }: DecodeTask) => {
  const order = bytes.at(-1);
  if (order === 1) process.exit(1);
  if (order === 2) throw new Error('a fault in the decoder');
  if (order === 3) exhaustHeap();
  if (order === 4) return;
  const data = new Uint8ClampedArray(4);
  const value = { data, width: 1, height: 1, format, original: { width: 1, height: 1 }, thread: 7 };
  port.postMessage({ id, value } satisfies DecodeReply);
});
port.postMessage({ ready: true });

function exhaustHeap(): never {
  const kept: object[] = [];
  while (true) kept.push({ kept: [kept.length] });
}
