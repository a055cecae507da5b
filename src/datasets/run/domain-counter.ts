import { getPublicSuffix } from 'tldts';

// Registrable domains of hosts, counted without a string for each row: hosts are counted by their last two labels, and
// what is frequent enough to matter is looked at more closely. A name becomes text only when it is handed on.

/** Domains told apart at once; when there are more, the rarest are forgotten. */
const domainsMax = 1 << 14;
/** Domains handed on. */
const keptMax = 1_024;
const slots = 4 * domainsMax;
/** Two labels met so often are looked up, whether anybody can register them. */
const suffixRows = 8;
/** A host of more labels below a suffix is as rare as a suffix of more labels. */
const labelsMax = 4;
/** Counts below this are told apart when the rarest are looked for. */
const rowsSorted = 1_024;
const dot = 0x2e;

/** Counts of rows by registrable domain, most first: each is too low by up to `error`, and none left out is above it. */
export interface DomainCounts {
  counts: [domain: string, rows: number][];
  error: number;
  total: number;
}

export interface DomainCounter {
  /** Counts the host between two places: a name in lower case, or an IP address, which is its own domain. */
  count(bytes: Uint8Array, from: number, to: number): void;
  /** What was counted since the last time. */
  take(): DomainCounts;
}

/** @param isSuffix whether nobody can register these labels themselves, such as `co.uk`. */
export function createDomainCounter(
  isSuffix: (domain: string) => boolean = (domain) => getPublicSuffix(domain) === domain,
): DomainCounter {
  // Four words each, so that one look is one line of memory: two hashes, rows, where the name is with its length.
  const table = new Int32Array(4 * slots);
  let names = new Uint8Array(1 << 19);
  let used = 0;
  let taken = 0;
  let error = 0;
  let total = 0;
  // Places of the names that nobody can register, by where the name begins in `names`.
  const suffixes = new Set<number>();

  function add(bytes: Uint8Array, from: number, to: number, rows: number, labels: number): void {
    let one = 0x811c9dc5;
    let two = 0x9e3779b1;
    let start = from;
    for (let at = to - 1, left = labels; at >= from; at -= 1) {
      const byte = bytes[at] as number;
      if (byte === dot) {
        left -= 1;
        if (left === 0) {
          start = at + 1;
          break;
        }
      }
      one = Math.imul(one ^ byte, 0x01000193);
      one ^= one >>> 15;
      two = Math.imul(two ^ byte, 0x85ebca6b);
      two ^= two >>> 13;
    }
    let slot = (one >>> 0) % slots;
    for (; table[4 * slot + 2] !== 0; slot = slot + 1 === slots ? 0 : slot + 1) {
      if (table[4 * slot] !== one || table[4 * slot + 1] !== two) continue;
      const known = (table[4 * slot + 2] as number) + rows;
      const name = table[4 * slot + 3] as number;
      if (
        known > suffixRows &&
        suffixes.size > 0 &&
        start > from &&
        labels < labelsMax &&
        suffixes.has(name >>> 8)
      ) {
        add(bytes, from, to, rows, labels + 1);
        return;
      }
      table[4 * slot + 2] = known;
      if (known === suffixRows) lookAt(name);
      return;
    }
    put(slot, one, two, rows, bytes, start, to);
  }

  function put(
    slot: number,
    one: number,
    two: number,
    rows: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    const length = Math.min(255, to - from);
    if (used + length > names.length) names = grown(names);
    for (let at = 0; at < length; at += 1) names[used + at] = bytes[from + at] as number;
    table[4 * slot] = one;
    table[4 * slot + 1] = two;
    table[4 * slot + 2] = rows;
    table[4 * slot + 3] = used * 256 + length;
    used += length;
    taken += 1;
    if (taken >= domainsMax) forget();
  }

  function lookAt(name: number): void {
    if (isSuffix(nameOf(name))) suffixes.add(name >>> 8);
  }

  const nameOf = (name: number) => textOf(names, name >>> 8, (name >>> 8) + (name & 255));

  /** So many rows have to be taken off every name for at most `max` names to be left (Misra and Gries, 1982). */
  function offFor(max: number): number {
    if (taken <= max) return 0;
    // Nearly all counts are small, so they are counted rather than sorted.
    const byRows = new Uint32Array(rowsSorted);
    const large: number[] = [];
    for (let at = 2; at < table.length; at += 4) {
      const rows = table[at] as number;
      if (rows >= rowsSorted) large.push(rows);
      else if (rows > 0) byRows[rows] = (byRows[rows] as number) + 1;
    }
    if (large.length > max) return large.sort((a, b) => b - a)[max] as number;
    let left = large.length;
    for (let rows = rowsSorted - 1; rows > 0; rows -= 1) {
      left += byRows[rows] as number;
      if (left > max) return rows;
    }
    return 0;
  }

  function most(max: number): { name: number; one: number; two: number; rows: number }[] {
    const off = offFor(max);
    error += off;
    const kept: { name: number; one: number; two: number; rows: number }[] = [];
    for (let at = 0; at < table.length; at += 4) {
      const rows = (table[at + 2] as number) - off;
      if (rows <= 0) continue;
      kept.push({
        ...{ one: table[at] as number, two: table[at + 1] as number },
        ...{ rows, name: table[at + 3] as number },
      });
    }
    return kept;
  }

  /** Makes room by taking off all counts what half of them do not have. */
  function forget(): void {
    const kept = most(domainsMax / 2);
    const old = names;
    const wereSuffixes = new Set(suffixes);
    clear();
    names = new Uint8Array(old.length);
    for (const { name, one, two, rows } of kept) {
      const from = name >>> 8;
      let slot = (one >>> 0) % slots;
      while (table[4 * slot + 2] !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
      if (wereSuffixes.has(from)) suffixes.add(used);
      put(slot, one, two, rows, old, from, from + (name & 255));
    }
  }

  function clear(): void {
    table.fill(0);
    suffixes.clear();
    used = 0;
    taken = 0;
  }

  return {
    count(bytes, from, to) {
      total += 1;
      add(bytes, from, to, 1, isIp(bytes[to - 1] as number) ? Number.POSITIVE_INFINITY : 2);
    },
    take() {
      const counts: DomainCounts['counts'] = [];
      let unnamed = 0;
      for (const { name, rows } of most(keptMax)) {
        const domain = nameOf(name);
        // What was counted below a suffix before that was known belongs to domains that nobody can tell any more.
        if (isSuffix(domain)) unnamed = Math.max(unnamed, Math.min(rows, suffixRows));
        else counts.push([domain, rows]);
      }
      counts.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
      const all = { counts, error: error + unnamed, total };
      clear();
      error = 0;
      total = 0;
      return all;
    },
  };
}

/** An IPv4 address ends in a digit, which no other host does that the URL standard lets through; an IPv6 one in `]`. */
const isIp = (last: number): boolean => last === 0x5d || (last >= 0x30 && last <= 0x39);

const latin = new TextDecoder('latin1');
const textOf = (bytes: Uint8Array, from: number, to: number) => latin.decode(bytes.slice(from, to));

function grown(old: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * old.length);
  larger.set(old);
  return larger;
}
