/**
 * The inner loops of a search, over one memory. Addresses and sizes are in bytes; a row is 32 bytes; a hit is two
 * 32-bit words, row and distance. kernel.wat is the one that is fast, kernel-js.ts the one that runs everywhere.
 */
export interface Kernel {
  /** Compares `count` rows from `first` on with the query. @returns the number of hits, written at `out`. */
  scan(rows: number, first: number, count: number, query: number, radius: number, out: number): number;
  /**
   * Looks one band up. @returns the number of hits, or -1 when its groups hold more than `budget` entries or the hits
   * find no room before `outEnd`. At `work` it leaves how many entries there were.
   */
  probe(
    offsets: number,
    entries: number,
    flips: number,
    flipEnds: number,
    group: number,
    low: number,
    allowed: number,
    rows: number,
    query: number,
    radius: number,
    budget: number,
    work: number,
    groups: number,
    candidates: number,
    candidatesEnd: number,
    out: number,
    outEnd: number,
  ): number;
}

/** Room for one segment, and who searches it. */
export interface IndexMemory {
  readonly buffer: ArrayBufferLike;
  readonly kernel: Kernel;
  /** Present where other threads can be given the same memory. */
  readonly shared?: WebAssembly.Memory;
}

/** @returns zeroed room of at least so many bytes. */
export type Allocate = (bytes: number) => IndexMemory;
