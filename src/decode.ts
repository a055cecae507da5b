import { Worker } from 'node:worker_threads';
import type { DecodedPicture, DecodeReady, DecodeReply, DecodeTask, PictureFile } from './decode-thread.ts';
import { AppError } from './errors.ts';
import type { PictureFormat } from './images/format.ts';
import { pictureBytesMax, sniffPicture } from './images/format.ts';

export interface DecoderOptions {
  /** How many pictures are read at once. */
  threads?: number;
  /** How long one picture may take, in milliseconds. */
  timeoutMs?: number;
  /** How many pictures may wait for a thread. */
  queueMax?: number;
  /**
   * JavaScript heap of one thread, in MiB. Pixels and libvips live outside it and are bounded by the limits on
   * bytes and pixels: at most about 0.6 GB a thread, for a 40-megapixel picture with alpha and a border.
   */
  heapMib?: number;
  /** The thread's module. Set where sources are bundled. */
  threadUrl?: URL;
}

export interface DecodeOptions {
  /** Overrides the decoder's, in milliseconds. */
  timeoutMs?: number;
}

/**
 * Reads untrusted picture files on worker threads.
 *
 * Both verbs throw AppError: `unsupported-image` (not PNG, JPEG, WebP, GIF or AVIF), `too-large` (over 20 MiB),
 * `image-too-large` (over 40 million pixels), `broken-image` (corrupt, cut short, too slow, or it took its thread
 * down), `unavailable` (too many waiting, or closed), `decoder-unavailable` (threads do not start here).
 */
export interface Decoder {
  /** @returns upright sRGB pixels of the first frame, on white. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<DecodedPicture>;
  /** @returns fingerprints, size and file hashes; the pixels never leave the thread. */
  fingerprintFile(bytes: Uint8Array, options?: DecodeOptions): Promise<PictureFile>;
  /** Stops the threads; whatever waits is refused. */
  close(): Promise<void>;
}

interface Job {
  task: DecodeTask;
  timeoutMs: number;
  resolve(value: DecodedPicture | PictureFile): void;
  reject(error: unknown): void;
}

interface Slot {
  worker: Worker;
  job: Job | null;
  timer: NodeJS.Timeout | null;
  isReady: boolean;
  isStopping: boolean;
}

interface Pool {
  options: Required<DecoderOptions>;
  slots: Set<Slot>;
  queue: Job[];
  nextId: number;
  isClosed: boolean;
}

const defaults: Required<DecoderOptions> = {
  threads: 2,
  timeoutMs: 10_000,
  queueMax: 32,
  heapMib: 128,
  // The published build is plain JavaScript, with the thread beside it.
  threadUrl: new URL(`./decode-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
};

const retryAfterS = 5;

/** A decoder; its threads start with the first picture and do not keep the process alive when idle. */
export function createDecoder(options: DecoderOptions = {}): Decoder {
  const pool: Pool = {
    options: { ...defaults, ...options },
    slots: new Set(),
    queue: [],
    nextId: 1,
    isClosed: false,
  };
  return {
    decode: (bytes, how) => submit(pool, 'decode', bytes, how) as Promise<DecodedPicture>,
    fingerprintFile: (bytes, how) => submit(pool, 'fingerprint', bytes, how) as Promise<PictureFile>,
    close: () => close(pool),
  };
}

async function submit(pool: Pool, work: DecodeTask['work'], bytes: Uint8Array, how: DecodeOptions = {}) {
  const format = admit(bytes);
  if (pool.isClosed) throw closed();
  if (pool.queue.length >= pool.options.queueMax) {
    throw new AppError('unavailable', 'Too many pictures are waiting to be read.', {
      fix: 'Send it again in a moment.',
      retryAfterS,
    });
  }
  const timeoutMs = how.timeoutMs ?? pool.options.timeoutMs;
  const timeoutS = Math.max(1, Math.ceil(timeoutMs / 1000));
  // A copy of our own, because it is handed over to the thread and the caller's bytes must stay readable.
  const task: DecodeTask = { id: pool.nextId++, work, bytes: new Uint8Array(bytes), format, timeoutS };
  return new Promise<DecodedPicture | PictureFile>((resolve, reject) => {
    pool.queue.push({ task, timeoutMs, resolve, reject });
    pump(pool);
  });
}

function admit(bytes: Uint8Array): PictureFormat {
  if (bytes.length > pictureBytesMax) {
    const megabytes = (bytes.length / 2 ** 20).toFixed(1);
    throw new AppError('too-large', `This file has ${megabytes} MiB; at most 20 MiB are read.`, {
      fix: 'Send it scaled down or saved as JPEG: a smaller copy is recognised as well.',
    });
  }
  return sniffPicture(bytes);
}

function pump(pool: Pool): void {
  while (pool.queue.length > 0 && !pool.isClosed) {
    const slot = [...pool.slots].find((s) => s.job === null && !s.isStopping) ?? startSlot(pool);
    if (slot === null) return;
    startJob(slot, pool.queue.shift() as Job);
  }
}

function startSlot(pool: Pool): Slot | null {
  const { threads, threadUrl, heapMib } = pool.options;
  if (pool.slots.size >= threads) return null;
  const worker = new Worker(threadUrl, {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMib, maxYoungGenerationSizeMb: 32 },
  });
  const slot: Slot = { worker, job: null, timer: null, isReady: false, isStopping: false };
  pool.slots.add(slot);
  worker.on('message', (message: DecodeReady | DecodeReply) => {
    if ('ready' in message) slot.isReady = true;
    else settle(pool, slot, message);
  });
  let cause: unknown;
  worker.on('error', (error) => {
    cause = error;
  });
  // An `error` is always followed by `exit`, and only then is the thread's memory free for another.
  worker.on('exit', () => {
    pool.slots.delete(slot);
    takeJob(slot)?.reject(slot.isReady ? brokeThread(cause) : noThread(cause));
    pump(pool);
  });
  return slot;
}

function startJob(slot: Slot, job: Job): void {
  slot.job = job;
  slot.worker.ref();
  slot.timer = setTimeout(() => {
    slot.isStopping = true;
    takeJob(slot)?.reject(tooSlow());
    void slot.worker.terminate();
  }, job.timeoutMs);
  slot.worker.postMessage(job.task, [job.task.bytes.buffer as ArrayBuffer]);
}

function settle(pool: Pool, slot: Slot, reply: DecodeReply): void {
  if (slot.job?.task.id !== reply.id) return;
  const job = takeJob(slot);
  slot.worker.unref();
  if ('value' in reply) job?.resolve(reply.value);
  else if ('refusal' in reply) {
    const { code, message, fix } = reply.refusal;
    job?.reject(new AppError(code, message, fix === undefined ? {} : { fix }));
  } else job?.reject(reply.fault);
  pump(pool);
}

function takeJob(slot: Slot): Job | null {
  const { job, timer } = slot;
  if (timer !== null) clearTimeout(timer);
  slot.job = null;
  slot.timer = null;
  return job;
}

async function close(pool: Pool): Promise<void> {
  pool.isClosed = true;
  for (const job of pool.queue.splice(0)) job.reject(closed());
  const stopping = [...pool.slots].map((slot) => {
    slot.isStopping = true;
    takeJob(slot)?.reject(closed());
    return slot.worker.terminate();
  });
  await Promise.all(stopping);
}

function closed(): AppError {
  return new AppError('unavailable', 'The picture decoder is shutting down.', { retryAfterS });
}

function tooSlow(): AppError {
  return new AppError('broken-image', 'This picture takes too long to read.', {
    fix: 'Open the picture in a viewer, save it again and send that.',
  });
}

function brokeThread(cause: unknown): AppError {
  return new AppError('broken-image', 'Reading this picture failed half way.', {
    fix: 'Open the picture in a viewer, save it again and send that.',
    cause,
  });
}

function noThread(cause: unknown): AppError {
  return new AppError('decoder-unavailable', 'Pictures cannot be read on this server.', {
    fix: 'Compute the fingerprint where the picture is (the opt-out page does) and send that.',
    cause,
  });
}
