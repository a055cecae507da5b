#!/usr/bin/env node
import { dispatch } from './dispatch.ts';
import { isPipeError } from './io.ts';

// Once: the first signal asks the command to stop in order, the second ends it as the system would.
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());
// The writer learns of a broken pipe from its own callback; this keeps the stream's event from ending the process.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!isPipeError(error)) throw error;
  });
}

process.exitCode = await dispatch(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  isTty: process.stderr.isTTY === true,
  signal: stop.signal,
});
process.stdin.unref?.();
