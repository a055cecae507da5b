import { type ByteWindow, byteWindow } from './byte-window.ts';
import { withoutBom } from './utf8.ts';

export interface Line {
  /** 1-based. */
  number: number;
  /** The line with its line feed; undefined for one that is too long. */
  raw: Buffer | undefined;
}

/** Splits bytes at line feeds, in memory bounded by `lineBytesMax`. A byte order mark is left out. */
export async function* readLines(source: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<Line> {
  const window = byteWindow();
  let number = 1;
  let searched = 0;
  let dropping = false;
  for await (const chunk of withoutBom(source)) {
    window.append(chunk);
    for (let end = window.lineFeed(searched); end >= 0; end = window.lineFeed(0)) {
      yield takeLine(window, end + 1, number, dropping || end >= lineBytesMax);
      dropping = false;
      number += 1;
    }
    if (window.length > lineBytesMax) {
      window.take(window.length);
      dropping = true;
    }
    searched = window.length;
  }
  if (window.length > 0 || dropping) yield takeLine(window, window.length, number, dropping);
}

function takeLine(window: ByteWindow, bytes: number, number: number, drop: boolean): Line {
  const raw = window.take(bytes);
  return { number, raw: drop ? undefined : raw };
}
