import { robotsPath, rulePattern, textToOctets } from '../robots/octets.ts';
import { patternMatches, type Work } from '../robots/pattern.ts';
import { cutQuote, type Slip, signalWarningsMax } from '../statement.ts';
import { policySlip, policyUrl, reservationSlip, type TdmStatement } from './statement.ts';

/** Longest file that is read, in characters. */
export const tdmrepLengthMax = 500 * 1024;
/** Entries that are read; what stands behind them is not, and no grant then holds. */
export const tdmrepEntriesMax = 10_000;
/** Comparison steps spent on one question. */
export const tdmrepStepsMax = 2_000_000;
/** Longest `location` that is compared. */
export const tdmrepLocationLengthMax = 4_096;

const example = '`[{"location": "/", "tdm-reservation": 1}]`';

/** A file as it is read once, for all the URLs it is asked about. */
export interface TdmrepFile {
  /** With the quote of each; empty when the file as a whole says nothing. */
  entries: readonly (Entry & { quote: string })[];
  /** True when something in it, or all of it, cannot be read and may have been a refusal. */
  broken: boolean;
  /** About the file as a whole, and in the order of its entries, with the number of the entry from 1. */
  slips: readonly { quote: string; slip: Slip; entry?: number }[];
}

/** Reads a tdmrep.json. Never throws for what the file holds. */
export function parseTdmrepFile(text: string): TdmrepFile {
  if (text.trim() === '' || /^\s*</.test(text)) return { entries: [], broken: false, slips: [] };
  const problem = (message: string, fix = `write ${example}`): TdmrepFile => ({
    entries: [],
    broken: true,
    slips: [{ quote: text.trim(), slip: { message, fix } }],
  });
  if (text.length > tdmrepLengthMax) {
    return problem(`the file is longer than ${tdmrepLengthMax} characters and is not read`, 'shorten it');
  }
  const value = jsonOf(text);
  if (value === undefined) return problem(`${whyUnparsed(text)}, so the file says nothing`);
  if (!Array.isArray(value)) {
    const object = isObject(value) && Object.hasOwn(value, 'tdm-reservation');
    const meant = object ? `\`[${quoteOf(value)}]\`` : example;
    return problem(
      'the file must be an array, so it says nothing',
      `put the entry into brackets: write ${meant}`,
    );
  }
  const entries = value.slice(0, tdmrepEntriesMax).map((entry: unknown) => {
    return { ...entryOf(entry), quote: quoteOf(entry) };
  });
  return {
    entries,
    broken: value.length > tdmrepEntriesMax,
    slips: entries.flatMap(({ slips, quote }, at) => slips.map((slip) => ({ quote, slip, entry: at + 1 }))),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

function whyUnparsed(text: string): string {
  if (/^\s*(?:user-agent|tdm-reservation|disallow)\s*:/i.test(text))
    return 'this is written like robots.txt, not as JSON';
  if (/,\s{0,100}[\]}]/.test(text)) return 'a comma stands before a closing bracket';
  if (/[{,]\s{0,100}'/.test(text)) return 'JSON has double quotes only';
  if (/(?:^|\s)\/[/*]/.test(text)) return 'JSON has no comments';
  return 'this is no JSON';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What a tdmrep.json says about one URL: "the most specific match is the first in sequence" (TDMRep §6.1), so the
 * first entry whose location matches decides. An entry that cannot be read is passed over, but it may have been the
 * one meant for this URL: after it only a refusal counts.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function readTdmrepFile(file: TdmrepFile, url: string, where: string): TdmStatement {
  const path = robotsPath(url);
  const work: Work = { steps: 0, stepsMax: tdmrepStepsMax };
  const slips = file.slips.slice(0, signalWarningsMax).map(({ quote, slip, entry }) => ({
    ...{ quote, slip },
    ...(entry === undefined ? {} : { where: `${where}, entry ${entry}` }),
  }));
  const unset: TdmStatement = { state: 'unset', policy: null, where, quote: '', broken: file.broken, slips };
  let { broken } = file;
  for (const [at, { pattern, state, policy, quote }] of file.entries.entries()) {
    const applies = pattern === null || patternMatches(pattern, path, work);
    if (work.steps > tdmrepStepsMax) broken = true;
    if (!applies) continue;
    if (state === 'unset') {
      broken = true;
      continue;
    }
    if (state === 'not-reserved' && broken) break;
    return { ...unset, state, policy, where: `${where}, entry ${at + 1}`, quote, broken };
  }
  return { ...unset, broken };
}

interface Entry {
  /** Null when it cannot be said which URLs are meant. */
  pattern: string | null;
  state: TdmStatement['state'];
  policy: string | null;
  slips: Slip[];
}

function entryOf(entry: unknown): Entry {
  if (!isObject(entry)) return unread('an entry must be an object, so this one says nothing');
  const location = ownValue(entry, 'location');
  if (typeof location !== 'string' || location === '' || location.length > tdmrepLocationLengthMax) {
    return unread(
      'an entry needs a location, so this one says nothing',
      'write `"location": "/"` for the whole site',
    );
  }
  const slips: Slip[] = [];
  if (!/^[/*]/.test(location)) {
    return unread(
      'a location begins with "/", so this one matches nothing',
      `write \`"location": "/${location}"\``,
    );
  }
  const value = ownValue(entry, 'tdm-reservation');
  const state = value === 1 ? 'reserved' : value === 0 ? 'not-reserved' : 'unset';
  if (state === 'unset') slips.push(badReservation(entry, value));
  const policy = ownValue(entry, 'tdm-policy');
  const policyText = typeof policy === 'string' ? policyUrl(policy) : null;
  if (policy !== undefined && policyText === null) slips.push(policySlip);
  return { pattern: rulePattern(textToOctets(location)).path, state, policy: policyText, slips };
}

function unread(message: string, fix = `write ${example}`): Entry {
  return { pattern: null, state: 'unset', policy: null, slips: [{ message, fix }] };
}

function ownValue(entry: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(entry, key) ? entry[key] : undefined;
}

function badReservation(entry: Record<string, unknown>, value: unknown): Slip {
  const near = Object.keys(entry).find((key) => key !== 'tdm-reservation' && /^tdm.?reserv/i.test(key));
  if (value === undefined && near !== undefined) {
    return {
      message: `this says nothing: the member is "tdm-reservation", not "${cutQuote(near)}"`,
      fix: 'rename it',
    };
  }
  if (value === undefined)
    return { message: 'this says nothing: tdm-reservation is missing', fix: `write ${example}` };
  return reservationSlip(JSON.stringify(plain(value)), 'file');
}

/** The members that matter, and of them only plain values: what was parsed may be nested too deep to write again. */
function quoteOf(entry: unknown): string {
  if (!isObject(entry)) return '';
  const members = ['location', 'tdm-reservation', 'tdm-policy']
    .map((key) => [key, ownValue(entry, key)] as const)
    .filter(([, value]) => value !== undefined);
  return cutQuote(JSON.stringify(Object.fromEntries(members.map(([key, value]) => [key, plain(value)]))));
}

function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? '…' : value;
}
