import type { Evidence, Preference, Usage } from './evidence.ts';
import type { Carried } from './in-file/carriers.ts';
import { carriersOf } from './in-file/carriers-of.ts';
import { type DataMiningKey, dataMiningUsages, dataMiningValue } from './in-file/data-mining.ts';
import { findAssertions } from './in-file/jumbf.ts';
import { decodeAssertion, readTrainingMining } from './in-file/training-mining.ts';
import { readXmp, type XmpReading } from './in-file/xmp.ts';
import type { SignalContext, SignalReading, SignalWarning } from './signal.ts';
import { evidenceOf, type Slip, signalWarningsMax, warningOf } from './statement.ts';
import { policySlip, policyUrl } from './tdmrep/statement.ts';
import { tdmrepUsages } from './tdmrep/tdmrep.ts';

export interface ImageMetadataReading extends SignalReading {
  /** Vocabulary keys of plus:DataMining that were read, of all packets. */
  dataMining: DataMiningKey[];
  /** Text of plus:OtherConstraints, for a person. */
  constraints: string | null;
  /** False when this is no picture file whose metadata is read here. */
  recognised: boolean;
}

/**
 * What a picture file says about its use, in XMP (IPTC/PLUS DataMining, TDMRep) and in C2PA assertions (CAWG training
 * and data mining 1.1, and its predecessor). PNG, JPEG, WebP, GIF, TIFF, AVIF and HEIF. Never throws; a file that is
 * cut off or broken anywhere in its metadata grants nothing.
 *
 * @param bytes the whole file.
 * @param context `where` is the address or name of the file.
 */
export function readImageMetadata(bytes: Uint8Array, context: SignalContext): ImageMetadataReading {
  const reading: Reading = { statements: [], warnings: [], broken: false, dataMining: [], constraints: null };
  const carriers = carriersOf(bytes);
  if (carriers !== null) {
    readPackets(reading, carriers.xmp, context);
    for (const { bytes: jumbf, place } of carriers.jumbf) readManifests(reading, jumbf, place, context);
    if (carriers.cut) {
      reading.broken = true;
      warn(reading, context.where, '', {
        message: 'the file ends early or its metadata cannot all be read, so nothing in it grants',
      });
    }
  }
  const { statements, warnings, broken, dataMining, constraints } = reading;
  return {
    evidence: statements.filter(({ preference }) => preference === 'disallow' || !broken),
    warnings: warnings.slice(0, signalWarningsMax),
    dataMining,
    constraints,
    recognised: carriers !== null,
  };
}

/**
 * What one XMP packet says, by itself: a sidecar file, or what `readImageMetadata` finds in a picture.
 *
 * @param context `where` is the place of the packet.
 */
export function readXmpPacket(packet: string, context: SignalContext): ImageMetadataReading {
  const reading: Reading = { statements: [], warnings: [], broken: false, dataMining: [], constraints: null };
  takeXmp(reading, readXmp(packet), context);
  const { statements, warnings, broken, dataMining, constraints } = reading;
  return {
    evidence: statements.filter(({ preference }) => preference === 'disallow' || !broken),
    warnings: warnings.slice(0, signalWarningsMax),
    dataMining,
    constraints,
    recognised: true,
  };
}

interface Reading {
  statements: Evidence[];
  warnings: SignalWarning[];
  broken: boolean;
  dataMining: DataMiningKey[];
  constraints: string | null;
}

function warn(reading: Reading, where: string, quote: string, slip: Slip): void {
  reading.warnings.push(warningOf(where, quote, slip));
}

/** An extended packet belongs to the file only where a packet names it (XMP part 3 §1.1.3.1). */
function readPackets(reading: Reading, packets: readonly Carried[], context: SignalContext): void {
  const continued = new Set<string>();
  const decoder = new TextDecoder();
  for (const { bytes, place, continues } of packets) {
    if (continues !== undefined && !continued.has(continues)) {
      reading.broken = true;
      continue;
    }
    const xmp = readXmp(decoder.decode(bytes));
    if (xmp.continuedBy !== null) continued.add(xmp.continuedBy);
    takeXmp(reading, xmp, { ...context, where: `${context.where}, ${place}` });
  }
}

function takeXmp(reading: Reading, xmp: XmpReading, context: SignalContext): void {
  reading.broken ||= xmp.broken;
  reading.constraints ??= xmp.constraints;
  for (const { quote, ...slip } of xmp.slips) warn(reading, context.where, quote, slip);
  for (const value of xmp.dataMining) takeDataMining(reading, value, xmp.constraints, context);
  takeReservation(reading, xmp, context);
}

function takeDataMining(
  reading: Reading,
  value: string,
  constraints: string | null,
  context: SignalContext,
): void {
  const { key, exact, slip } = dataMiningValue(value);
  const quote = `plus:DataMining: ${value}`;
  if (slip !== null) warn(reading, context.where, quote, slip);
  // What cannot be read may have been meant as a refusal.
  if (key === null) reading.broken = true;
  if (key === null) return;
  reading.dataMining.push(key);
  const terms = key === 'DMI-PROHIBITED-SEECONSTRAINT' && constraints !== null ? ` (${constraints})` : '';
  for (const [usage, preference] of Object.entries(dataMiningUsages[key]) as [Usage, Preference][]) {
    if (preference === 'allow' && !exact) continue;
    reading.statements.push(
      evidenceOf(context, { source: 'image-metadata', usage, preference, quote: `${quote}${terms}` }),
    );
  }
}

function takeReservation(reading: Reading, { tdm }: XmpReading, context: SignalContext): void {
  const policy = tdm.policy.map(policyUrl).find((url) => url !== null) ?? null;
  for (const written of tdm.policy) {
    if (policyUrl(written) === null) warn(reading, context.where, `tdm:policy: ${written}`, policySlip);
  }
  const strange = tdm.reservation.filter((value) => value !== '0' && value !== '1');
  for (const value of strange) {
    reading.broken = true;
    warn(reading, context.where, `tdm:reservation: ${value}`, {
      message: 'this says nothing: tdm:reservation is 1 (reserved) or 0 (not reserved)',
      fix: 'write `<tdm:reservation>1</tdm:reservation>` to reserve',
    });
  }
  for (const value of new Set(tdm.reservation)) {
    if (value !== '0' && value !== '1') continue;
    const reserved = value === '1';
    for (const usage of tdmrepUsages[reserved ? 'reserved' : 'not-reserved']) {
      const preference = reserved ? 'disallow' : 'allow';
      const quote = `tdm:reservation: ${value}`;
      const licence = reserved && policy !== null ? { licence: policy } : {};
      reading.statements.push(
        evidenceOf(context, { source: 'tdmrep', usage, preference, quote, ...licence }),
      );
    }
  }
}

/** A manifest restricts and never grants, so its signature need not be checked; the place says that it was not. */
function readManifests(reading: Reading, jumbf: Uint8Array, place: string, context: SignalContext): void {
  const { assertions, cut } = findAssertions(jumbf);
  if (cut) {
    reading.broken = true;
    warn(reading, `${context.where}, ${place}`, '', {
      message: 'the C2PA data is broken, compressed or too large, so not all of it is read',
    });
  }
  for (const assertion of assertions) {
    const state = assertion.active ? 'not validated' : 'of an earlier state or an ingredient, not validated';
    const where = `${context.where}, C2PA manifest ${assertion.manifest} (${state})`;
    const { refusals, slips } = readTrainingMining(assertion.label, decodeAssertion(assertion));
    for (const { quote, ...slip } of slips) warn(reading, where, quote, slip);
    for (const { usage, quote, licence, weight } of refusals) {
      const possible = weight === 'possible' || !assertion.active;
      reading.statements.push(
        evidenceOf(
          { where, observedAt: context.observedAt },
          {
            source: 'c2pa',
            usage,
            preference: 'disallow',
            quote,
            ...(possible ? { weight: 'possible' as const } : {}),
            ...(licence === null ? {} : { licence }),
          },
        ),
      );
    }
  }
}
