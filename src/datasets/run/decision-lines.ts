import type { RowDecision } from './decide-row.ts';

// Lines of decisions as bytes: for most of them all but the row, its URL and its record is the same as in the last one.

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const quote = 0x22;
const comma = 0x2c;
const lineEnd = 0x0a;
const hexDigits = encoder.encode('0123456789abcdef');
const hyphensBefore = new Set([4, 6, 8, 10]);

/** The part of a line that decisions of one kind share: verdict to source, and what comes behind the times. */
export interface LineForm {
  /** `,verdict,act,outcome,reason,source,` */
  head: Uint8Array;
  /** `,column,not_checked` and the line end. */
  tail: Uint8Array;
  trust: Uint8Array;
}

export function lineForm(decision: RowDecision): LineForm {
  const { verdict, act, outcome, reason, source, trust, column, notChecked } = decision;
  return {
    head: encoder.encode(`,${verdict},${act},${outcome},${quoted(reason)},${source},`),
    tail: encoder.encode(`,${column},${quoted(notChecked.join('; '))}\n`),
    trust: encoder.encode(`,${trust},`),
  };
}

/** A text as it stands in CSV (RFC 4180 §2). */
function quoted(text: string): string {
  return text === '' ? '' : `"${text.replaceAll('"', '""')}"`;
}

/** Lines on their way to a file, in the order of `decisionFields`. */
export interface DecisionLines {
  /** Begins a line with file and row. @param row 1-based. */
  begin(row: number): void;
  /** Appends a comma and a text cell; ill-formed UTF-8 becomes U+FFFD. `null`: nothing. */
  cell(bytes: Uint8Array | null, from?: number, to?: number): void;
  bytes(piece: Uint8Array): void;
  /** Appends 16 bytes of a UUID as text. */
  uuid(bytes: Uint8Array, at: number): void;
  text(piece: string): void;
  end(): void;
  /** Bytes that wait to be taken. */
  size(): number;
  take(): Uint8Array;
}

export function createDecisionLines(file: string): DecisionLines {
  const start = encoder.encode(quoted(file));
  let room = new Uint8Array(1 << 20);
  let used = 0;
  const reserve = (bytes: number) => {
    if (used + bytes <= room.length) return;
    const larger = new Uint8Array(Math.max(used + bytes, 2 * room.length));
    larger.set(room.subarray(0, used));
    room = larger;
  };
  const put = (piece: Uint8Array) => {
    reserve(piece.length);
    room.set(piece, used);
    used += piece.length;
  };
  return {
    begin(row) {
      put(start);
      reserve(24);
      room[used++] = comma;
      used += encoder.encodeInto(String(row), room.subarray(used)).written;
    },
    cell(bytes, from = 0, to = bytes?.length ?? 0) {
      reserve(2 * (to - from) + 3);
      room[used++] = comma;
      if (bytes === null || from === to) return;
      room[used++] = quote;
      const before = used;
      for (let at = from; at < to; at += 1) {
        const byte = bytes[at] as number;
        if (byte >= 0x80) {
          used = before - 1;
          put(encoder.encode(quoted(decoder.decode(bytes.slice(from, to)))));
          return;
        }
        if (byte === quote) room[used++] = quote;
        room[used++] = byte;
      }
      room[used++] = quote;
    },
    bytes: put,
    uuid(bytes, at) {
      reserve(36);
      for (let byte = 0; byte < 16; byte += 1) {
        if (hyphensBefore.has(byte)) room[used++] = 0x2d;
        const value = bytes[at + byte] as number;
        room[used++] = hexDigits[value >>> 4] as number;
        room[used++] = hexDigits[value & 15] as number;
      }
    },
    text: (piece) => put(encoder.encode(piece)),
    end() {
      reserve(1);
      room[used++] = lineEnd;
    },
    size: () => used,
    take() {
      const taken = room.slice(0, used);
      used = 0;
      return taken;
    },
  };
}
