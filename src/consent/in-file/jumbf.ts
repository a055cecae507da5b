import { type Box, boxesIn } from './boxes.ts';
import { letters, zeroAt } from './carriers.ts';

/** Boxes of one JUMBF structure that are looked at. */
export const jumbfBoxesMax = 10_000;
/** Longest assertion that is decoded, in bytes. */
export const assertionBytesMax = 65_536;
/** Assertions of one structure that are read. */
export const assertionsMax = 100;
/** Longest label that is read, in bytes. */
const labelBytesMax = 200;

/** One training and data mining assertion, not decoded. */
export interface FoundAssertion {
  label: string;
  encoding: 'cbor' | 'json';
  bytes: Uint8Array;
  /** Label of its manifest. */
  manifest: string;
  /** True for the manifest that speaks of the file as it is; others are of earlier states and ingredients. */
  active: boolean;
}

export interface JumbfReading {
  assertions: FoundAssertion[];
  /** True when boxes cannot be followed, are compressed, or pass a limit. */
  cut: boolean;
}

interface Superbox {
  /** First four letters of its type. */
  kind: string;
  label: string;
  inside: Box[];
}

interface Walk {
  bytes: Uint8Array;
  boxes: number;
  reading: JumbfReading;
}

/** Labels of CAWG 1.1, of C2PA 1.x, with the version and instance that C2PA allows (§6.4). */
const labels = /^(?:cawg|c2pa)\.training-mining(?:\.v\d{1,3})?(?:__\d{1,6})?$/;

/**
 * Finds the training and data mining assertions in a C2PA manifest store (ISO 19566-5 boxes; C2PA 2.2 §11.1).
 * Signatures are not looked at: an assertion only ever restricts.
 */
export function findAssertions(bytes: Uint8Array): JumbfReading {
  const walk: Walk = { bytes, boxes: 0, reading: { assertions: [], cut: false } };
  const top = inside(walk, 0, bytes.length);
  for (const box of top) {
    const store = box.type === 'jumb' ? superbox(walk, box) : null;
    if (store?.kind === 'c2pa') readStore(walk, store);
  }
  return walk.reading;
}

function readStore(walk: Walk, store: Superbox): void {
  const manifests = store.inside.flatMap((box) => {
    // C2PA 2.x §11.1.4.3: a manifest may be compressed with Brotli.
    if (box.type === 'brob') walk.reading.cut = true;
    const manifest = box.type === 'jumb' ? superbox(walk, box) : null;
    if (manifest?.inside.some(({ type }) => type === 'brob')) walk.reading.cut = true;
    return manifest === null ? [] : [manifest];
  });
  // The last one is active; an update manifest adds to the one before it and repeats nothing.
  let first = manifests.length - 1;
  while (first > 0 && manifests[first]?.kind === 'c2um') first--;
  for (const [at, manifest] of manifests.entries()) {
    for (const box of manifest.inside) {
      const assertions = box.type === 'jumb' ? superbox(walk, box) : null;
      if (assertions?.kind === 'c2as') readAssertions(walk, assertions, manifest.label, at >= first);
    }
  }
}

function readAssertions(walk: Walk, store: Superbox, manifest: string, active: boolean): void {
  for (const box of store.inside) {
    const assertion = box.type === 'jumb' ? superbox(walk, box) : null;
    if (assertion === null || !labels.test(assertion.label)) continue;
    for (const { type, start, end } of assertion.inside) {
      if (type !== 'cbor' && type !== 'json') continue;
      const bytes = walk.bytes.subarray(start, end);
      if (bytes.length > assertionBytesMax || walk.reading.assertions.length >= assertionsMax)
        walk.reading.cut = true;
      else walk.reading.assertions.push({ label: assertion.label, encoding: type, bytes, manifest, active });
    }
  }
}

/** A superbox begins with its description: type, toggles, and a label where toggle 2 is set (ISO 19566-5 §A.2). */
function superbox(walk: Walk, box: Box): Superbox | null {
  const [description, ...boxes] = inside(walk, box.start, box.end);
  if (description?.type !== 'jumd' || description.end - description.start < 17) {
    walk.reading.cut = true;
    return null;
  }
  const { start, end } = description;
  const labelled = ((walk.bytes[start + 16] ?? 0) & 2) !== 0;
  const labelEnd = labelled ? zeroAt(walk.bytes.subarray(0, end), start + 17, labelBytesMax) : -1;
  const written = labelEnd < 0 ? '' : letters(walk.bytes, start + 17, labelEnd - start - 17);
  const label = written.replaceAll(/[^\x21-\x7e]/g, '?');
  return { kind: letters(walk.bytes, start, 4), label, inside: boxes };
}

function inside(walk: Walk, from: number, to: number): Box[] {
  const { boxes, complete } = boxesIn(walk.bytes, from, to, jumbfBoxesMax - walk.boxes);
  walk.boxes += boxes.length;
  if (!complete) walk.reading.cut = true;
  return boxes;
}
