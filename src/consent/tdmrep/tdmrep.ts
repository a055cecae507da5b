import type { Preference, Usage } from '../evidence.ts';
import type { SignalContext, SignalReading, SignalWarning } from '../signal.ts';
import { evidenceOf, signalWarningsMax, warningOf } from '../statement.ts';
import { parseTdmrepFile, readTdmrepFile, type TdmrepFile } from './file.ts';
import { policySlip, policyUrl, reservationSlip, type TdmState, type TdmStatement } from './statement.ts';

/** Values of one header or meta name that are looked at. */
export const tdmrepValuesMax = 100;

/**
 * What 1 refuses and what 0 grants. A reservation is broader than one usage of AIPREF; a grant to mine is read as
 * the narrowest: training.
 */
export const tdmrepUsages = {
  reserved: ['train-ai', 'ai-use'],
  'not-reserved': ['train-ai'],
} as const satisfies Record<string, readonly Usage[]>;

/** Values of the two names, as headers or meta elements carry them. */
export interface TdmValues {
  reservation: readonly string[];
  policy: readonly string[];
  where: string;
}

/** The carriers of TDMRep in the order of their precedence; those that were not asked or hold nothing are absent. */
export interface TdmCarriers {
  /** Body of /.well-known/tdmrep.json, or what `parseTdmrepFile` made of it where many URLs are asked about. */
  file?: { text: string; where: string } | { file: TdmrepFile; where: string };
  header?: TdmValues;
  meta?: TdmValues;
}

export interface TdmReading extends SignalReading {
  state: TdmState;
  policy: string | null;
}

/**
 * TDM Reservation Protocol (W3C Community Group Final Report, 10 May 2024): file, then header, then HTML meta. A
 * later value supersedes an earlier one, absence never resets, and any value but 0 and 1 is no value. Never throws.
 */
export function readTdmrep(carriers: TdmCarriers, context: Omit<SignalContext, 'where'>): TdmReading {
  const statements = [
    ...(carriers.file ? [fileStatement(carriers.file, context.url)] : []),
    ...(carriers.header ? [valuesOf(carriers.header, 'header')] : []),
    ...(carriers.meta ? [valuesOf(carriers.meta, 'meta')] : []),
  ];
  let deciding: TdmStatement | null = null;
  let policy: string | null = null;
  for (const statement of statements) {
    // What cannot be read may have been a refusal, so a grant made before it no longer stands.
    if (statement.broken && deciding?.state === 'not-reserved') deciding = null;
    if (statement.state !== 'unset') deciding = statement;
    if (statement.policy !== null) policy = statement.policy;
  }
  const state = deciding?.state ?? 'unset';
  const licence = state === 'reserved' ? policy : null;
  return {
    state,
    policy: licence,
    evidence: deciding === null ? [] : evidenceFrom(deciding, licence, context),
    warnings: warningsFrom(statements),
  };
}

function fileStatement(carrier: NonNullable<TdmCarriers['file']>, url: string): TdmStatement {
  const file = 'text' in carrier ? parseTdmrepFile(carrier.text) : carrier.file;
  return readTdmrepFile(file, url, carrier.where);
}

function evidenceFrom(
  { state, where, quote }: TdmStatement,
  licence: string | null,
  { observedAt }: Omit<SignalContext, 'where'>,
): SignalReading['evidence'] {
  if (state === 'unset') return [];
  const preference: Preference = state === 'reserved' ? 'disallow' : 'allow';
  return tdmrepUsages[state].map((usage) =>
    evidenceOf(
      { where, observedAt },
      { source: 'tdmrep', usage, preference, quote, ...(licence === null ? {} : { licence }) },
    ),
  );
}

function warningsFrom(statements: readonly TdmStatement[]): SignalWarning[] {
  return statements
    .flatMap((said) =>
      said.slips.map(({ quote, slip, where }) => warningOf(where ?? said.where, quote, slip)),
    )
    .slice(0, signalWarningsMax);
}

function valuesOf({ reservation, policy, where }: TdmValues, carrier: 'header' | 'meta'): TdmStatement {
  const values = reservation.slice(0, tdmrepValuesMax).map((value) => value.trim());
  const quoteOf = (name: string, value: string) =>
    carrier === 'header' ? `${name}: ${value}` : `<meta name="${name}" content="${value}">`;
  const bad = values.filter((value) => value !== '0' && value !== '1');
  const slips: TdmStatement['slips'] = bad.map((value) => ({
    quote: quoteOf('tdm-reservation', value),
    slip: reservationSlip(value, carrier),
  }));
  if (new Set(values).size > 1) {
    slips.push({
      quote: quoteOf('tdm-reservation', values.join(', ')),
      slip: { message: 'there are several values that differ; a 1 among them counts', fix: 'keep one' },
    });
  }
  const policies = policy.slice(0, tdmrepValuesMax).map((value) => ({ value, url: policyUrl(value) }));
  for (const { value, url } of policies) {
    if (url === null) slips.push({ quote: quoteOf('tdm-policy', value), slip: policySlip });
  }
  const broken = bad.length > 0 || reservation.length > tdmrepValuesMax;
  const state = values.includes('1')
    ? 'reserved'
    : values.includes('0') && !broken
      ? 'not-reserved'
      : 'unset';
  return {
    state,
    policy: policies.find(({ url }) => url !== null)?.url ?? null,
    where,
    quote: quoteOf('tdm-reservation', state === 'reserved' ? '1' : '0'),
    broken,
    slips,
  };
}
