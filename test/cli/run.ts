import { PassThrough, Readable } from 'node:stream';
import { dispatch } from '../../src/cli/dispatch.ts';
import type { Io } from '../../src/cli/io.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Around {
  stdin?: string | Buffer;
  env?: Record<string, string>;
  isTty?: boolean;
  signal?: AbortSignal;
}

/** Runs one command line in this process. */
export async function run(args: string[], around: Around = {}): Promise<Ran> {
  const [stdout, stderr] = [capture(), capture()];
  const io: Io = {
    stdin: Readable.from(around.stdin === undefined ? [] : [Buffer.from(around.stdin as string)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: around.env ?? {},
    isTty: around.isTty ?? false,
    signal: around.signal ?? new AbortController().signal,
  };
  const code = await dispatch(args, io);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function capture() {
  const parts: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (part: Buffer) => parts.push(part));
  return {
    stream,
    text: () => {
      for (let part = stream.read(); part !== null; part = stream.read()) parts.push(part);
      return Buffer.concat(parts).toString();
    },
  };
}
