declare module 'blockhash-core' {
  interface Rgba {
    data: Uint8Array | Uint8ClampedArray;
    width: number;
    height: number;
  }

  /** Blockhash by weighted blocks: bits × bits bits as lower-case hex. */
  export function bmvbhash(pixels: Rgba, bits: number): string;
}
