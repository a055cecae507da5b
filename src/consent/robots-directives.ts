import { crawlerOf } from './crawlers.ts';
import type { Usage } from './evidence.ts';
import { directiveSlip } from './robots-directives-slips.ts';
import type { SignalContext, SignalReading } from './signal.ts';
import { cutQuote, evidenceOf, signalWarningsMax, warningOf } from './statement.ts';

/** Longest field line or meta content that is read. Nothing here grants, so what is cut off opens nothing. */
export const robotsDirectivesLengthMax = 16_384;
/** Field lines, or meta elements, that are read. */
export const robotsDirectivesLinesMax = 100;
/** Most evidence of one reading. */
export const robotsDirectivesEvidenceMax = 100;

/** What the question is about: the picture (the response itself, or one on the page) or the text of the page. */
export type Asked = 'image' | 'page';

/** A directive that speaks about AI. None grants. */
interface Directive {
  name: string;
  usages: readonly Usage[];
  /** About what it speaks when it does not speak about everything. */
  only?: Asked;
  /** Whom it binds when it does not bind everybody. */
  operators?: readonly string[];
  weight?: 'possible';
  source: string;
}

/** Data: what these words mean is what their inventors and readers say, not a standard. */
export const robotsDirectives: readonly Directive[] = [
  { name: 'noai', usages: ['train-ai', 'ai-use'], source: 'DeviantArt, November 2022' },
  { name: 'noimageai', usages: ['train-ai', 'ai-use'], only: 'image', source: 'DeviantArt, November 2022' },
  { name: 'noml', usages: ['train-ai'], source: 'noml.info' },
  {
    name: 'noarchive',
    usages: ['train-ai'],
    operators: ['Microsoft', 'Amazon'],
    source: 'ai-robots-txt/ai.robots.txt issue 111',
  },
  {
    name: 'nocache',
    usages: ['train-ai'],
    operators: ['Microsoft'],
    // Microsoft goes on training with titles and snippets of such pages.
    weight: 'possible',
    source: 'ai-robots-txt/ai.robots.txt issue 111',
  },
];

const directiveOf = new Map(robotsDirectives.map((directive) => [directive.name, directive]));

/**
 * Words that are directives, written with or without "-" and "_". Any other name before a colon is an agent: taking
 * a directive for one would scope away what follows it.
 */
const notAgents = new Set([
  ...['unavailableafter', 'maxsnippet', 'maximagepreview', 'maxvideopreview', 'xrobotstag', 'tdmreservation'],
  ...['all', 'index', 'follow', 'none', 'noindex', 'nofollow', 'nosnippet', 'noimageindex', 'notranslate'],
  ...['indexifembedded', 'nositelinkssearchbox', 'noodp', 'noydir', 'noaitraining', ...directiveOf.keys()],
]);

/** Names that mean everybody. */
const everybody = new Set(['robots', '*']);

/**
 * The X-Robots-Tag field of a response. A `token:` scopes what follows it on that line to that agent; names and
 * values are compared without case (Google's robots meta tag specification).
 *
 * @param lines the field lines, each apart: a scope ends with its line.
 */
export function readXRobotsTag(
  lines: readonly string[],
  asked: Asked,
  context: SignalContext,
): SignalReading {
  const reading: SignalReading = { evidence: [], warnings: [] };
  for (const line of lines.slice(0, robotsDirectivesLinesMax)) {
    const quote = cutQuote(`X-Robots-Tag: ${line}`);
    let scope: string | null = null;
    for (const element of line.slice(0, robotsDirectivesLengthMax).split(',')) {
      const { agent, words } = elementOf(element);
      if (agent !== null) scope = everybody.has(agent.toLowerCase()) ? null : agent;
      read(reading, { words, scope, asked, quote }, context);
    }
  }
  return bounded(reading);
}

/** `mybot: noai` is the agent and a directive; `max-snippet:0` and the time in a date are neither. */
function elementOf(element: string): { agent: string | null; words: string } {
  const text = element.trim();
  const colon = text.indexOf(':');
  const before = text.slice(0, Math.max(colon, 0)).trim();
  const time = /^\d*$/.test(before) || (/\d$/.test(before) && /^\d\d/.test(text.slice(colon + 1)));
  const directive = notAgents.has(before.toLowerCase().replaceAll(/[-_]/g, ''));
  if (colon < 0 || /\s/.test(before) || time || directive) return { agent: null, words: text };
  return { agent: before, words: text.slice(colon + 1).trim() };
}

/**
 * The robots meta elements of a page: `name` is `robots` or the product token of an agent.
 *
 * @param metas name and content of every meta element that has both, in the order of the page.
 */
export function readRobotsMeta(
  metas: readonly { name: string; content: string }[],
  asked: Asked,
  context: SignalContext,
): SignalReading {
  const reading: SignalReading = { evidence: [], warnings: [] };
  const speaking = metas.filter(({ name }) => isAgentName(name, context)).slice(0, robotsDirectivesLinesMax);
  for (const { name, content } of speaking) {
    const scope = everybody.has(name.trim().toLowerCase()) ? null : name.trim();
    const quote = cutQuote(`<meta name="${name}" content="${content}">`);
    for (const element of content.slice(0, robotsDirectivesLengthMax).split(',')) {
      read(reading, { words: element.trim(), scope, asked, quote }, context);
    }
  }
  return bounded(reading);
}

/** Other names (description, viewport …) are no agents, unless one of them asks. */
function isAgentName(name: string, { agent }: SignalContext): boolean {
  const lower = name.trim().toLowerCase();
  return everybody.has(lower) || lower === agent?.token?.toLowerCase() || crawlerOf(lower) !== null;
}

function read(
  reading: SignalReading,
  said: { words: string; scope: string | null; asked: Asked; quote: string },
  context: SignalContext,
): void {
  const { words, scope, asked, quote } = said;
  if (words === '' || reading.evidence.length >= robotsDirectivesEvidenceMax) return;
  const directive = directiveOf.get(words.toLowerCase());
  if (directive === undefined) {
    const slip = reading.warnings.length < signalWarningsMax ? directiveSlip(words) : null;
    if (slip !== null) reading.warnings.push(warningOf(context.where, quote, slip));
    return;
  }
  const bound = boundTo(scope, directive, context);
  if (bound === null || (directive.only !== undefined && directive.only !== asked)) return;
  for (const usage of directive.usages) {
    const { weight } = directive;
    reading.evidence.push(
      evidenceOf(context, {
        source: 'x-robots-tag',
        usage,
        preference: 'disallow',
        quote,
        ...(weight === undefined ? {} : { weight }),
        ...bound,
      }),
    );
  }
}

/**
 * Whom a directive binds: nobody (null) when its scope names an agent of an operator that does not read it. A scope
 * that names a crawler also binds the control token that governs what it fetches.
 */
function boundTo(
  scope: string | null,
  { operators }: Directive,
  { agent }: SignalContext,
): { operators?: string[] } | null {
  if (scope === null) return operators === undefined ? {} : { operators: [...operators] };
  const crawler = crawlerOf(scope);
  const own = scope.toLowerCase() === agent?.token?.toLowerCase();
  const operator = crawler?.operator ?? (own ? agent?.operator : null) ?? null;
  if (operators !== undefined && (operator === null || !operators.includes(operator))) return null;
  if (crawler?.sendsRequests === false && crawler.operator !== null) return { operators: [crawler.operator] };
  return { operators: [crawler?.token ?? scope, ...(crawler?.controlToken ? [crawler.controlToken] : [])] };
}

/** The same directive under the same words on one line says the same thing once. */
function bounded({ evidence, warnings }: SignalReading): SignalReading {
  const distinct = new Map(
    evidence.map((said) => [`${said.usage} ${said.operators} ${said.weight} ${said.quote}`, said]),
  );
  return { evidence: [...distinct.values()], warnings };
}
