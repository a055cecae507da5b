import { crawlerOf } from './crawlers.ts';
import type { ParsedRobots, RobotsGroup } from './robots/file.ts';
import { robotsAllows } from './robots/match.ts';
import { parseRobots } from './robots/parse.ts';
import type { SignalContext, SignalReading } from './signal.ts';
import { evidenceOf, type Slip, signalWarningsMax, warningOf } from './statement.ts';

/** `spawning`: a User-agent group with media patterns; `other`: another format of that name; `none`: no ai.txt. */
export type AiTxtFormat = 'spawning' | 'other' | 'none';

export interface AiTxtBody {
  body: Uint8Array | string;
  /** The Content-Type of the response, when there was one. */
  contentType?: string | null;
}

export interface AiTxtReading extends SignalReading {
  format: AiTxtFormat;
}

/** A file as it is read once, for all the URLs it is asked about. */
export interface AiTxtFile {
  format: AiTxtFormat;
  /** Its groups without their Allow lines. */
  refusals: ParsedRobots;
  firstLine: string;
  warnings: AiTxtReading['warnings'];
}

/** Comparison steps spent on one question. */
export const aiTxtStepsMax = 2_000_000;
/** Characters looked at to tell what an unknown file is. */
const sniffedLengthMax = 1_000;

/**
 * Spawning's ai.txt: robots.txt in shape, about the media a file host serves, read when they are downloaded. Its
 * publisher gives no rule between Allow and Disallow, so every Disallow that matches refuses training and an Allow
 * says nothing. Never throws for what the file holds; at most `robotsBytesMax` octets of it are read.
 *
 * @param context its `url` is on the host that served the file.
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function readAiTxt(file: AiTxtBody | AiTxtFile, context: SignalContext): AiTxtReading {
  const {
    format,
    refusals,
    firstLine: head,
    warnings,
  } = 'format' in file ? file : parseAiTxt(file, context.where);
  const reading: AiTxtReading = { format, evidence: [], warnings: [...warnings] };
  if (format !== 'spawning') return reading;
  const work = { steps: 0, stepsMax: aiTxtStepsMax };
  const question = { agent: context.agent?.token ?? '*', url: context.url };
  const answer = robotsAllows(refusals, question, work);
  if (answer.allowed) return reading;
  const { group, rule } = answer;
  if (rule === null) {
    const message = 'the file is too complex to be read to the end, so it may refuse';
    reading.warnings.unshift(warningOf(context.where, head, { message }));
  }
  const quote = [...(group ? [`User-agent: ${group.agent}`] : []), ...(rule ? [rule.raw] : [])].join(' / ');
  const everybody = group === null || group.agent.startsWith('*');
  const place = { ...context, where: rule === null ? context.where : `${context.where}, line ${rule.line}` };
  reading.evidence.push(
    evidenceOf(place, {
      source: 'ai.txt',
      usage: 'train-ai',
      preference: 'disallow',
      quote,
      ...(rule === null ? { weight: 'possible' } : {}),
      ...(everybody || !context.agent?.token ? {} : { operators: [context.agent.token] }),
    }),
  );
  return reading;
}

/** Reads a file for many questions. @param where the place its warnings name. */
export function parseAiTxt(file: AiTxtBody, where: string): AiTxtFile {
  const { format, parsed, head } = recognised(file);
  const slips = format === 'other' ? [otherFormatSlip(head)] : [];
  return {
    format,
    refusals: refusalsOf(parsed),
    firstLine: firstLine(head),
    warnings:
      format === 'spawning'
        ? warningsOf(parsed, where)
        : slips.map((slip) => warningOf(where, firstLine(head), slip)),
  };
}

function recognised({ body, contentType }: AiTxtBody): {
  format: AiTxtFormat;
  parsed: ParsedRobots;
  head: string;
} {
  const parsed = parseRobots(body);
  const start = body.slice(0, sniffedLengthMax);
  const head = (typeof start === 'string' ? start : new TextDecoder().decode(start))
    .replace(/^\ufeff/, '')
    .trim();
  const html = /^<(?:!doctype|html|head|body|\?xml)/i.test(head) || /\bx?html\b/i.test(contentType ?? '');
  if (head === '' || html) return { format: 'none', parsed, head };
  const spawning = parsed.groups.some(({ agents, rules }) => agents.length > 0 && rules.length > 0);
  return { format: spawning ? 'spawning' : 'other', parsed, head };
}

/** The same file without its Allow lines. */
function refusalsOf(parsed: ParsedRobots): ParsedRobots {
  const refusing = ({ agents, rules, extensions }: RobotsGroup): RobotsGroup => ({
    agents,
    rules: rules.filter(({ kind }) => kind === 'disallow'),
    extensions,
  });
  return { ...parsed, groups: parsed.groups.map(refusing) };
}

function firstLine(head: string): string {
  return head.split(/[\r\n]/, 1)[0] ?? '';
}

const shape = 'write `User-Agent: *` and, below it, `Disallow: /` or patterns such as `Disallow: *.jpg`';

function otherFormatSlip(head: string): Slip {
  if (/^(?:dis)?allow\s*:/im.test(head)) {
    return { message: 'no User-Agent line stands above the rules, so they apply to nobody', fix: shape };
  }
  if (/^user-?agent\s*:/im.test(head)) {
    return {
      message: 'no Allow or Disallow line follows the User-Agent line, so this says nothing',
      fix: shape,
    };
  }
  if (/^datatrainingallowed\s*=/im.test(head)) {
    return { message: 'this is written like trust.txt and says nothing in ai.txt', fix: shape };
  }
  if (/^\s*[[{]/.test(head))
    return { message: "this is JSON; Spawning's ai.txt has the shape of robots.txt", fix: shape };
  if (/^(?:content-usage|content-signal)\s*:/im.test(head)) {
    return {
      message: 'this line belongs in robots.txt and says nothing in ai.txt',
      fix: 'move it to robots.txt',
    };
  }
  return {
    message: "this is another format called ai.txt than Spawning's, so nothing is read from it",
    fix: shape,
  };
}

function warningsOf(parsed: ParsedRobots, where: string): SignalReading['warnings'] {
  const warnings = pastedRobots(parsed).map(({ line, quote, slip }) =>
    warningOf(`${where}, line ${line}`, quote, slip),
  );
  for (const { agents, rules } of parsed.groups) {
    for (const { raw, line } of rules.filter((rule) => rule.kind === 'allow')) {
      const message = 'an Allow line in ai.txt is not read as a permission, nor does it lift a Disallow';
      warnings.push(warningOf(`${where}, line ${line}`, raw, { message }));
      break;
    }
    if (agents.length > 0 && rules.length > 0 && rules.every(({ path }) => path === '')) {
      const line = rules[0]?.line ?? 0;
      const message = 'an empty Disallow refuses nothing';
      warnings.push(
        warningOf(`${where}, line ${line}`, rules[0]?.raw ?? '', { message, fix: 'write `Disallow: /`' }),
      );
    }
    if (warnings.length >= signalWarningsMax) break;
  }
  for (const { line, message } of parsed.diagnostics)
    warnings.push(warningOf(`${where}, line ${line}`, '', { message }));
  return warnings.slice(0, signalWarningsMax);
}

/** Lines that only robots.txt has: the file was probably copied. What it refuses is still read. */
function pastedRobots(parsed: ParsedRobots): { line: number; quote: string; slip: Slip }[] {
  const sitemap = parsed.sitemaps[0];
  const crawler = parsed.groups
    .flatMap(({ agents }) => agents)
    .find(({ value }) => crawlerOf(value)?.sendsRequests === true);
  const extension = [...parsed.extensions, ...parsed.groups.flatMap(({ extensions }) => extensions)].find(
    ({ key }) => /^(?:crawl-delay|content-usage|content-signal|license|host)$/.test(key),
  );
  const slip: Slip = {
    message:
      'this looks like a copy of robots.txt; ai.txt speaks about media and is read when they are downloaded',
    fix: 'keep robots.txt where it is, and write `User-Agent: *` and `Disallow: /` here',
  };
  if (sitemap) return [{ line: sitemap.line, quote: `Sitemap: ${sitemap.value}`, slip }];
  if (extension) return [{ line: extension.line, quote: `${extension.key}: ${extension.value}`, slip }];
  return crawler ? [{ line: crawler.line, quote: `User-agent: ${crawler.value}`, slip }] : [];
}
