import { decode, Tokenizer } from 'cborg';
import type { Usage } from '../evidence.ts';
import { cutQuote, type Slip } from '../statement.ts';
import type { FoundAssertion } from './jumbf.ts';

/** Entries of one assertion that are read. */
const entriesMax = 200;
/** CBOR may be nested this deep; an assertion needs three levels. */
const cborDepthMax = 32;

/** Longest address of terms that is passed on. */
const licenceLengthMax = 2_048;

/** What one entry refuses. Nothing here ever grants. */
export interface TrainingRefusal {
  usage: Usage;
  quote: string;
  /** Text of the condition, when the use is `constrained`. */
  reason: string | null;
  /** First web address in that text. */
  licence: string | null;
  weight?: 'possible';
}

export interface TrainingReading {
  refusals: TrainingRefusal[];
  slips: (Slip & { quote: string })[];
}

const usageOf: Record<string, Usage> = { ai_generative_training: 'train-ai', ai_inference: 'ai-use' };
/** Wider or other than our usages: with nothing said about generative training, possible. */
const besides = new Set(['data_mining', 'ai_training']);
const uses = ['allowed', 'notAllowed', 'constrained'];

/** @returns the value in the assertion, or undefined when it cannot be decoded. */
export function decodeAssertion({ encoding, bytes }: FoundAssertion): unknown {
  try {
    if (encoding === 'json') return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return decode(bytes, {
      useMaps: true,
      rejectDuplicateMapKeys: true,
      tags: anyTag,
      tokenizer: shallow(new Tokenizer(bytes)),
    });
  } catch {
    return undefined;
  }
}

/** A tag says how to understand a value; none matters here (a date is tagged, for one). */
const anyTag = new Proxy({}, { get: () => (inner: () => unknown) => inner() });

/** Counts how deep the values stand, so that depth is refused by number and not by the stack. */
function shallow(tokens: Tokenizer): Tokenizer {
  const open: number[] = [];
  const next = tokens.next.bind(tokens);
  tokens.next = () => {
    const token = next();
    const { name } = token.type;
    if (name === 'break') open.pop();
    else if (open.length > 0) open.push((open.pop() ?? 0) - 1);
    if (name === 'array' || name === 'tag') open.push(name === 'tag' ? 1 : Number(token.value));
    else if (name === 'map') open.push(2 * Number(token.value));
    while (open.at(-1) === 0) open.pop();
    if (open.length > cborDepthMax) throw new Error('nested too deep');
    return token;
  };
  return tokens;
}

/**
 * Reads a training and data mining assertion: CAWG 1.1 (`cawg.training-mining`, entries in `entries`), its draft
 * 1.0 (entries side by side) and C2PA 1.x (`c2pa.training-mining`).
 *
 * @param data the decoded value: objects, or maps as CBOR gives them.
 */
export function readTrainingMining(label: string, data: unknown): TrainingReading {
  const reading: TrainingReading = { refusals: [], slips: [] };
  const outer = membersOf(data);
  if (outer === null) {
    reading.slips.push({ quote: label, message: 'the assertion cannot be decoded, so it says nothing' });
    return reading;
  }
  const entries = membersOf(outer.get('entries')) ?? outer;
  const generative = [...entries.keys()].some((key) => nameOf(key) === 'ai_generative_training');
  for (const [key, value] of [...entries].slice(0, entriesMax)) {
    const name = nameOf(key);
    const usage = name === null ? undefined : Object.hasOwn(usageOf, name) ? usageOf[name] : undefined;
    const isBeside = name !== null && besides.has(name);
    if (name === null || (usage === undefined && !isBeside)) continue;
    const said = entryOf(value);
    const quote = cutQuote(`${label}: ${key} ${said.shown}`);
    if (said.slip !== null) reading.slips.push({ ...said.slip, quote });
    if (!said.refused) continue;
    const { reason, licence } = said;
    if (usage !== undefined) reading.refusals.push({ usage, quote, reason, licence });
    else if (!generative) {
      reading.refusals.push({ usage: 'train-ai', quote, reason, licence, weight: 'possible' });
    }
  }
  return reading;
}

function nameOf(key: string): string | null {
  return /^(?:cawg|c2pa)\.(.+)$/.exec(key)?.[1] ?? null;
}

interface EntrySaid {
  refused: boolean;
  reason: string | null;
  licence: string | null;
  shown: string;
  slip: Slip | null;
}

function entryOf(value: unknown): EntrySaid {
  const entry = membersOf(value);
  const use = entry === null ? value : entry.get('use');
  const shown = typeof use === 'string' ? `use=${cutQuote(use).slice(0, 40)}` : 'without use';
  // The prose of CAWG 1.1 names the member one way, its CDDL the other.
  const info = entry?.get('constraint_info') ?? entry?.get('constraints_info');
  const word = typeof use === 'string' ? use : '';
  const known = uses.find((one) => one.toLowerCase() === word.replaceAll(/[\s_-]/g, '').toLowerCase());
  const refused = known === 'notAllowed' || known === 'constrained';
  const terms = known === 'constrained' && typeof info === 'string' ? info : null;
  const reason = terms === null ? null : cutQuote(terms);
  const asWritten = entry !== null && known === word;
  const slip: Slip | null = asWritten
    ? null
    : {
        message: `an entry is a map with a use that is allowed, notAllowed or constrained, ${refused ? 'but the refusal is taken' : 'so this one says nothing'}`,
        fix: `write \`{"use": "${known ?? 'notAllowed'}"}\``,
      };
  return {
    refused,
    reason,
    licence: addressIn(terms ?? ''),
    shown: reason === null ? shown : `${shown}: ${reason}`,
    slip,
  };
}

function addressIn(text: string): string | null {
  const address = /https?:\/\/[^\s"'<>]+/i.exec(text)?.[0] ?? '';
  return address.length <= licenceLengthMax && URL.canParse(address) ? address : null;
}

function membersOf(value: unknown): Map<string, unknown> | null {
  if (value instanceof Map) {
    return new Map([...value].filter((member): member is [string, unknown] => typeof member[0] === 'string'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value));
}
