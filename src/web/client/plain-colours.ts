/**
 * Takes from a PNG what says how its numbers mean colours, other than its ICC profile. Browsers obey these chunks;
 * the server's decoder does not, nor do those with which datasets are made, and all have to hash the same pixels.
 */
const ignoredChunks = new Set(['gAMA', 'cHRM', 'cICP', 'mDCV', 'cLLI']);

const signatureBytes = 8;
/** Length, type and checksum around the data of a chunk (PNG §5.3). */
const frameBytes = 12;

/**
 * @param file a PNG.
 * @returns the same file, or one without these chunks. Where its structure breaks off, the rest stays as it is.
 */
export async function withoutColourChunks(file: Blob): Promise<Blob> {
  const bytes = await file.arrayBuffer();
  const view = new DataView(bytes);
  const kept: Blob[] = [];
  let keptTo = 0;
  for (let at = signatureBytes; at + frameBytes <= view.byteLength; ) {
    const type = String.fromCharCode(...new Uint8Array(bytes, at + 4, 4));
    // Colours are told before the first pixel.
    if (type === 'IDAT') break;
    const end = at + frameBytes + view.getUint32(at);
    if (end > view.byteLength) break;
    if (ignoredChunks.has(type)) {
      kept.push(file.slice(keptTo, at));
      keptTo = end;
    }
    at = end;
  }
  return keptTo === 0 ? file : new Blob([...kept, file.slice(keptTo)]);
}
