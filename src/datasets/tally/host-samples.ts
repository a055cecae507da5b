/**
 * How many distinct hosts each record, told by a number, was met on, in bounded memory. A host is a number of 53 bits made of its name; of
 * each record the smallest are kept, one more than has to be told apart, and of all records together only so many:
 * above that, numbers are kept below a bound that halves until they fit, and a count is an estimate. What is kept
 * depends on what was seen alone, not on the order or on how it was parted.
 */
export interface HostSamples {
  readonly hostsMax: number;
  readonly allMax: number;
  byRecord: Map<number, number[]>;
  /** How often the bound was halved; 0 is exact. */
  level: number;
  kept: number;
}

const hashSpan = 2 ** 53;

export function hostSamples(hostsMax: number, allMax: number): HostSamples {
  return { hostsMax, allMax, byRecord: new Map(), level: 0, kept: 0 };
}

/** A host's number below 2⁵³ (cyrb53, not cryptographic: who chooses hosts to collide is only counted lower). */
export function hostNumber(host: Uint8Array, from = 0, to = host.length): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let at = from; at < to; at += 1) {
    const code = host[at] as number;
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

/** Notes that a record was met on a host. */
export function seeHost(samples: HostSamples, record: number, host: number): void {
  if (host >= boundOf(samples)) return;
  let hosts = samples.byRecord.get(record);
  if (hosts === undefined) {
    hosts = [];
    samples.byRecord.set(record, hosts);
  }
  samples.kept += insert(hosts, host, samples.hostsMax + 1);
  while (samples.kept > samples.allMax) halve(samples);
}

const boundOf = ({ level }: HostSamples) => hashSpan / 2 ** level;

/** Puts a number in its place among at most `max`. @returns by how many the list grew. */
function insert(sorted: number[], value: number, max: number): 0 | 1 {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  if (sorted[low] === value || low >= max) return 0;
  sorted.splice(low, 0, value);
  if (sorted.length <= max) return 1;
  sorted.pop();
  return 0;
}

function halve(samples: HostSamples): void {
  samples.level += 1;
  const bound = boundOf(samples);
  samples.kept = 0;
  for (const [record, hosts] of samples.byRecord) {
    while (hosts.length > 0 && (hosts[hosts.length - 1] as number) >= bound) hosts.pop();
    samples.kept += hosts.length;
    if (hosts.length === 0) samples.byRecord.delete(record);
  }
}

/** Adds what other samples of the same bounds have seen. */
export function mergeHosts(into: HostSamples, other: HostSamples): void {
  while (into.level < other.level) halve(into);
  for (const [record, hosts] of other.byRecord) for (const host of hosts) seeHost(into, record, host);
}

/**
 * How many hosts a record was met on.
 * @returns `exact` up to `hostsMax`, `more` where there are more for certain, else `about`, an estimate.
 */
export function hostsOf(
  { byRecord, hostsMax, level }: HostSamples,
  record: number,
): { hosts: number; are: 'exact' | 'about' | 'more' } {
  const kept = byRecord.get(record)?.length ?? 0;
  if (kept > hostsMax) return { hosts: hostsMax, are: 'more' };
  return { hosts: kept * 2 ** level, are: level === 0 ? 'exact' : 'about' };
}
