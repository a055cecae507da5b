import { contentSignalSlips } from '../content-signal-slips.ts';
import type { SignalWarning } from '../signal.ts';
import { type Slip, warningOf } from '../statement.ts';
import type { ParsedRobots, RobotsExtension } from './file.ts';
import { usageRuleSlips } from './usage.ts';

/** Warnings kept for one robots.txt file. */
export const robotsSignalWarningsMax = 100;
/** Lines of one file that are looked at for mistakes, and characters of them: looking costs more than reading. */
export const robotsLinesCheckedMax = 1_000;
export const robotsCheckedLengthMax = 65_536;

const inTraining = 'write `Content-Usage: train-ai=n` and `Content-Signal: ai-train=no`';

/** Names of lines that people write and nothing reads. */
const misnamed = new Map<string, Slip>([
  ...[
    'content-usages',
    'contentusage',
    'content_usage',
    'content usage',
    'usage-content',
    'content-use',
    'usage',
  ].map((key) => [key, { message: 'no such line; it says nothing', fix: 'write `Content-Usage:`' }] as const),
  ...[
    'content-signals',
    'contentsignal',
    'content_signal',
    'content signal',
    'signal',
    'content-signal-policy',
  ].map(
    (key) => [key, { message: 'no such line; it says nothing', fix: 'write `Content-Signal:`' }] as const,
  ),
  ...['noai', 'noimageai', 'noml', 'x-robots-tag'].map(
    (key) =>
      [
        key,
        {
          message: 'this is no line of robots.txt; it says nothing here',
          fix: 'send it as the header `X-Robots-Tag: noai`',
        },
      ] as const,
  ),
  ...['tdm-reservation', 'tdm-policy'].map(
    (key) =>
      [
        key,
        {
          message: 'TDMRep is not read from robots.txt; it says nothing here',
          fix: 'send it as a header, or write /.well-known/tdmrep.json',
        },
      ] as const,
  ),
  ...['train-ai', 'ai-train', 'ai-training', 'disallowaitraining', 'disallow-ai-training', 'no-ai'].map(
    (key) => [key, { message: 'no such line; it says nothing', fix: inTraining }] as const,
  ),
  ...['permits', 'prohibits', 'compensation'].map(
    (key) =>
      [
        key,
        {
          message: 'no such line in RSL 1.0; it says nothing',
          fix: 'put the terms into an RSL document and point to it with `License: https://…`',
        },
      ] as const,
  ),
  [
    'datatrainingallowed',
    {
      message: 'this belongs in trust.txt; it says nothing here',
      fix: 'write `datatrainingallowed=no` there',
    },
  ],
]);

/**
 * Everything that is wrong with the lines of a robots.txt file that state preferences, in the order of the file.
 *
 * @param robotsUrl where the file was read; each warning names its line there.
 */
export function robotsSignalWarnings(
  parsed: ParsedRobots,
  robotsUrl: string,
): { line: number; warning: SignalWarning }[] {
  return slipsIn(parsed).map(({ extension, slip }) => ({
    line: extension.line,
    warning: warningOf(
      `${robotsUrl}, line ${extension.line}`,
      `${nameOf(extension.key)}: ${extension.value}`,
      slip,
    ),
  }));
}

interface FoundSlip {
  extension: RobotsExtension;
  slip: Slip;
}

// One parsed file answers many questions.
const found = new WeakMap<ParsedRobots, FoundSlip[]>();

function slipsIn(parsed: ParsedRobots): FoundSlip[] {
  const known = found.get(parsed);
  if (known !== undefined) return known;
  const slips: FoundSlip[] = [];
  let length = 0;
  const outside = parsed.extensions.map((extension) => ({ extension, stray: true }));
  const inside = parsed.groups.flatMap(({ extensions }) =>
    extensions.map((extension) => ({ extension, stray: false })),
  );
  for (const { extension, stray } of [...outside, ...inside].slice(0, robotsLinesCheckedMax)) {
    length += extension.value.length;
    if (slips.length >= robotsSignalWarningsMax || length > robotsCheckedLengthMax) break;
    if (stray && extension.key === 'content-usage') slips.push({ extension, slip: strayUsage });
    for (const slip of slipsOf(extension)) slips.push({ extension, slip });
  }
  const kept = slips.slice(0, robotsSignalWarningsMax);
  found.set(parsed, kept);
  return kept;
}

const strayUsage: Slip = {
  message: 'this stands before any User-agent line and says nothing',
  fix: 'move it below `User-agent: *`',
};

function slipsOf(extension: RobotsExtension): readonly Slip[] {
  if (extension.key === 'content-usage') return usageRuleSlips(extension.value);
  if (extension.key === 'content-signal') return contentSignalSlips(extension.value);
  const slip = misnamed.get(extension.key);
  return slip === undefined ? [] : [slip];
}

/** The name as its specification writes it; the parser keeps it in lower case. */
function nameOf(key: string): string {
  if (key === 'content-usage') return 'Content-Usage';
  return key === 'content-signal' ? 'Content-Signal' : key;
}
