import { describe, expect, it } from 'vitest';
import { readAiTxt } from '../../src/consent/ai-txt.ts';
import { readContentUsage } from '../../src/consent/content-usage.ts';
import { robotsEvidence } from '../../src/consent/robots/evidence.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { robotsSignalWarnings, robotsSignalWarningsMax } from '../../src/consent/robots/signal-warnings.ts';
import { readRobotsMeta, readXRobotsTag } from '../../src/consent/robots-directives.ts';
import type { SignalReading, SignalWarning } from '../../src/consent/signal.ts';
import { quoteLengthMax, signalWarningsMax, warningSentence } from '../../src/consent/statement.ts';
import { readTdmrep } from '../../src/consent/tdmrep/tdmrep.ts';
import { readTrustTxt } from '../../src/consent/trust-txt.ts';
import { contextOf } from './signal-verdicts.ts';

const context = contextOf();
const url = 'https://example.com/robots.txt';

/** One line of robots.txt in the group for everybody. */
function inRobots(line: string): SignalReading {
  const parsed = parseRobots(`User-agent: *\n${line}\nAllow: /\n`);
  const { evidence } = robotsEvidence(parsed, {
    url: context.url,
    agent: null,
    robotsUrl: url,
    observedAt: '',
  });
  return { evidence, warnings: robotsSignalWarnings(parsed, url).map(({ warning }) => warning) };
}

const readers = {
  'Content-Usage header': (text: string) => readContentUsage([text], context),
  'robots.txt': inRobots,
  'X-Robots-Tag': (text: string) => readXRobotsTag([text], 'image', context),
  'robots meta': (text: string) => readRobotsMeta([{ name: 'robots', content: text }], 'page', context),
  'tdm-reservation header': (text: string) =>
    readTdmrep({ header: { reservation: [text], policy: [], where: 'h' } }, context),
  'tdm-reservation meta': (text: string) =>
    readTdmrep({ meta: { reservation: [text], policy: [], where: 'p' } }, context),
  'tdm-policy header': (text: string) =>
    readTdmrep({ header: { reservation: [], policy: [text], where: 'h' } }, context),
  'tdmrep.json': (text: string) => readTdmrep({ file: { text, where: 'tdmrep.json' } }, context),
  'ai.txt': (text: string) => readAiTxt({ body: text }, context),
  'trust.txt': (text: string) => readTrustTxt([{ body: text, where: 'trust.txt' }], context),
} satisfies Record<string, (text: string) => SignalReading>;

type Row = [reader: keyof typeof readers, text: string, message: string, fix: string | null];

/** What says nothing as it stands: no evidence at all, and a word about what was probably meant. */
const nothing: Row[] = [
  ['Content-Usage header', 'train-ai=no', 'must be the bare letter y or n', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai="n"', 'must be the bare letter', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai=N', 'must be the bare letter', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai=?0', 'must be the bare letter', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai', 'must be the bare letter', 'write `train-ai=n`'],
  ['Content-Usage header', 'Train-AI=n', 'labels are lower case', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai = n', 'no space may stand around "="', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai=n search=y', 'parted by ","', 'write `train-ai=n, search=y`'],
  ['Content-Usage header', 'train-ai=n,', 'it ends in ","', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai=n;', 'it ends in ";"', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-ai=n,, search=n', 'empty member', 'write `train-ai=n, search=n`'],
  ['Content-Usage header', 'train-ai: n', 'joined by "="', 'write `train-ai=n`'],
  ['Content-Usage header', 'ai-train=no', 'no label of draft-ietf-aipref-vocab-08', 'write `train-ai=n`'],
  ['Content-Usage header', 'train_ai=n', 'no label of', 'write `train-ai=n`'],
  ['Content-Usage header', 'train-genai=n', 'label of draft-ietf-aipref-vocab-03', 'write `train-ai=n`'],
  ['Content-Usage header', 'ai-output=n', 'label of draft-ietf-aipref-vocab-04', 'write `ai-use=n`'],
  ['Content-Usage header', 'bots=n', 'label of draft-ietf-aipref-vocab-04', null],
  ['Content-Usage header', 'train-ai=yes', 'must be the bare letter', 'write `train-ai=y`'],
  [
    'robots.txt',
    'Content-Usage: train-ai=no',
    'must be the bare letter',
    'write `Content-Usage: train-ai=n`',
  ],
  [
    'robots.txt',
    'Content-Usage: /art/ train-ai=no',
    'bare letter',
    'write `Content-Usage: /art/ train-ai=n`',
  ],
  [
    'robots.txt',
    'Content-Usage: art/ train-ai=n',
    'a path must begin with "/"',
    'write `Content-Usage: /art/ train-ai=n`',
  ],
  [
    'robots.txt',
    'Content-Usage: *.jpg train-ai=n',
    'a path must begin with "/"',
    'write `Content-Usage: /*.jpg train-ai=n`',
  ],
  ['robots.txt', 'Content-Usage: /art/', 'a preference is missing', null],
  ['robots.txt', 'Content-Usage: ai-train=no', 'no label', 'write `Content-Usage: train-ai=n`'],
  [
    'robots.txt',
    'Content-Signal: train-ai=n',
    'belongs in Content-Usage',
    'write `Content-Signal: ai-train=no`',
  ],
  [
    'robots.txt',
    'Content-Signal: ai-train=maybe',
    'the values are yes and no',
    'write `Content-Signal: ai-train=no`',
  ],
  [
    'robots.txt',
    'Content-Signal: ai-train=n',
    'the values are yes and no',
    'write `Content-Signal: ai-train=no`',
  ],
  ['robots.txt', 'Content-Signal: ai-train', 'a signal is written key=value', null],
  [
    'robots.txt',
    'Content-Signal: ai-train: no',
    'a signal is written key=value',
    'write `Content-Signal: ai-train=no`',
  ],
  [
    'robots.txt',
    'Content-Signal: search=yes ai-train=no',
    'parted by ","',
    'write `Content-Signal: search=yes, ai-train=no`',
  ],
  [
    'robots.txt',
    'Content-Signal: ai-train=no; search=yes',
    'parted by ","',
    'write `Content-Signal: ai-train=no, search=yes`',
  ],
  ['robots.txt', 'Content-Signal: ai-use=no', 'the key is `ai-input`', 'write `Content-Signal: ai-input=no`'],
  [
    'robots.txt',
    'Content-Signal: ai_train=no',
    'the key is `ai-train`',
    'write `Content-Signal: ai-train=no`',
  ],
  [
    'robots.txt',
    'Content-Signal: search=Yes',
    'the values are yes and no',
    'write `Content-Signal: search=yes`',
  ],
  ['robots.txt', 'Content-Signal: use=index', 'immediate, reference or full', null],
  ['robots.txt', 'Content-Signal:', 'no signal follows', null],
  ['robots.txt', 'Content-Usages: train-ai=n', 'no such line', 'write `Content-Usage:`'],
  ['robots.txt', 'Content Signal: ai-train=no', 'no such line', 'write `Content-Signal:`'],
  ['robots.txt', 'NoAI: 1', 'no line of robots.txt', 'X-Robots-Tag: noai'],
  ['robots.txt', 'tdm-reservation: 1', 'not read from robots.txt', 'tdmrep.json'],
  ['robots.txt', 'DisallowAITraining: /', 'no such line', 'Content-Usage: train-ai=n'],
  ['robots.txt', 'Prohibits: ai-train', 'no such line in RSL 1.0', 'License:'],
  ['robots.txt', 'datatrainingallowed: no', 'belongs in trust.txt', 'datatrainingallowed=no'],
  ['X-Robots-Tag', 'no-ai', '"no-ai" says nothing', 'write `noai`'],
  ['X-Robots-Tag', 'no ai training', 'says nothing', 'write `noai`'],
  ['X-Robots-Tag', 'noai=true', '`noai` takes no value', 'write `noai`'],
  ['X-Robots-Tag', 'noai: no', '`noai` takes no value', 'leave it out'],
  ['X-Robots-Tag', 'no-image-ai', 'says nothing', 'write `noimageai`'],
  ['X-Robots-Tag', 'no-ml', 'says nothing', 'write `noml`'],
  ['X-Robots-Tag', 'noindex noai', 'parted by ","', 'write `noindex, noai`'],
  ['X-Robots-Tag', 'train-ai=n', 'belongs in Content-Usage', 'send `Content-Usage: train-ai=n`'],
  ['X-Robots-Tag', 'ai-train=no', 'Content-Signal line of robots.txt', 'write `noai`'],
  ['X-Robots-Tag', 'tdm-reservation: 1', 'a header of its own', 'send `tdm-reservation: 1`'],
  ['robots meta', 'noai; noimageai', 'parted by ","', 'write `noai, noimageai`'],
  ['robots meta', 'no_ai', 'says nothing', 'write `noai`'],
  ['tdm-reservation header', 'true', 'is 1 (reserved) or 0', 'send `tdm-reservation: 1`'],
  ['tdm-reservation header', '"1"', 'is 1 (reserved) or 0', 'send `tdm-reservation: 1`'],
  ['tdm-reservation header', 'false', 'is 1 (reserved) or 0', 'send `tdm-reservation: 0`'],
  ['tdm-reservation header', 'no', 'is 1 (reserved) or 0', 'send `tdm-reservation: 1` to reserve'],
  ['tdm-reservation meta', 'yes', 'is 1 (reserved) or 0', '<meta name="tdm-reservation" content="1">'],
  ['tdm-policy header', '/policy.json', 'no absolute http or https URL', 'https://'],
  [
    'tdmrep.json',
    '{"location":"/","tdm-reservation":1}',
    'must be an array',
    '[{"location":"/","tdm-reservation":1}]',
  ],
  [
    'tdmrep.json',
    '[{"location":"/","tdm-reservation":true}]',
    'is 1 (reserved) or 0',
    '"tdm-reservation": 1',
  ],
  ['tdmrep.json', '[{"location":"/","tdm-reservation":"1"}]', 'is 1 (reserved) or 0', '"tdm-reservation": 1'],
  ['tdmrep.json', '[{"location":"/","tdm_reservation":1}]', 'not "tdm_reservation"', 'rename it'],
  ['tdmrep.json', '[{"location":"/"}]', 'tdm-reservation is missing', '"tdm-reservation": 1'],
  ['tdmrep.json', '[{"tdm-reservation":1}]', 'needs a location', '"location": "/"'],
  ['tdmrep.json', '[{"location":"art/","tdm-reservation":1}]', 'begins with "/"', '"location": "/art/"'],
  ['tdmrep.json', '[{"location":"/","tdm-reservation":1},]', 'a comma stands before', 'write `['],
  ['tdmrep.json', "[{'location':'/'}]", 'double quotes only', 'write `['],
  ['tdmrep.json', '// mine\n[]', 'no comments', 'write `['],
  ['tdmrep.json', 'User-agent: *\nDisallow: /', 'written like robots.txt', 'write `['],
  ['tdmrep.json', '["/"]', 'must be an object', 'write `['],
  ['ai.txt', 'Training: deny', 'another format called ai.txt', 'User-Agent: *'],
  ['ai.txt', '{"training":false}', 'this is JSON', 'User-Agent: *'],
  ['ai.txt', 'Disallow: /', 'no User-Agent line', 'User-Agent: *'],
  ['ai.txt', 'User-Agent: *', 'no Allow or Disallow line', 'Disallow: /'],
  ['ai.txt', 'datatrainingallowed=no', 'written like trust.txt', 'User-Agent: *'],
  ['ai.txt', 'Content-Usage: train-ai=n', 'belongs in robots.txt', 'move it'],
  ['ai.txt', 'User-Agent: *\nDisallow:', 'an empty Disallow refuses nothing', 'write `Disallow: /`'],
  ['ai.txt', 'User-Agent: *\nAllow: /', 'not read as a permission', null],
  ['trust.txt', 'datatrainingallowed=maybe', 'the value is yes or no', 'write `datatrainingallowed=no`'],
  ['trust.txt', 'datatrainingallowed=', 'the value is yes or no', 'write `datatrainingallowed=no`'],
  ['trust.txt', 'datatrainingallowed: no', 'the sign is "="', 'write `datatrainingallowed=no`'],
  [
    'trust.txt',
    'data-training-allowed=no',
    'so "data-training-allowed" says nothing',
    'datatrainingallowed=no',
  ],
  ['trust.txt', 'datatraining=no', 'so "datatraining" says nothing', 'write `datatrainingallowed=no`'],
  ['trust.txt', 'datatrainingallowed=true', 'the value is yes or no', 'write `datatrainingallowed=yes`'],
  ['trust.txt', 'datatrainingallowed = yes', 'spaces around "="', 'write `datatrainingallowed=yes`'],
];

/** What is read, and yet not as its author may think. */
const partly: Row[] = [
  [
    'Content-Usage header',
    'train-ai=n;search=y',
    'so it is a parameter and says nothing',
    'write `train-ai=n, search=y`',
  ],
  ['robots.txt', 'Content-Signal: AI-Train=no', 'keys are lower case', 'write `Content-Signal: ai-train=no`'],
  [
    'robots.txt',
    'Content-Signal: search=no, ai-train=nope',
    'the values are yes and no',
    'search=no, ai-train=no',
  ],
  ['tdmrep.json', '[{"location":"/","tdm-reservation":1,"tdm-policy":"p"}]', 'no absolute http', 'https://'],
  [
    'ai.txt',
    'User-Agent: *\nDisallow: /admin\nSitemap: https://example.com/s.xml',
    'a copy of robots.txt',
    'Disallow: /',
  ],
  ['ai.txt', 'User-Agent: GPTBot\nDisallow: /', 'a copy of robots.txt', 'User-Agent: *'],
  ['trust.txt', 'datatrainingallowed=no\ndatatrainingallowed=no', 'may be stated once', 'keep one line'],
];

function expectWarning(warnings: SignalWarning[], message: string, fix: string | null): void {
  const found = warnings.find((warning) => warning.message.includes(message));
  expect(found, JSON.stringify(warnings)).toBeDefined();
  if (fix === null) expect(found?.fix).toBeUndefined();
  else expect(found?.fix).toContain(fix);
}

describe('what says nothing says what was probably meant', () => {
  it.each(nothing)('%s: %s', (reader, text, message, fix) => {
    const { evidence, warnings } = readers[reader](text);
    expect(evidence).toEqual([]);
    expectWarning(warnings, message, fix === null ? null : fix);
  });
});

describe('what is read otherwise than it looks', () => {
  it.each(partly)('%s: %s', (reader, text, message, fix) => {
    expectWarning(readers[reader](text).warnings, message, fix);
  });
});

describe('what is right is passed over in silence', () => {
  it.each<[keyof typeof readers, string]>([
    ['Content-Usage header', 'train-ai=n, ai-use=n, search=y'],
    ['Content-Usage header', 'train-ai=n;until=2030, x-other=?1'],
    ['robots.txt', 'Content-Usage: /art/ train-ai=n'],
    ['robots.txt', 'Content-Signal: search=yes,ai-train=no,use=reference'],
    ['robots.txt', 'Content-Signal: ai-train=no, future-key=maybe'],
    ['robots.txt', 'Crawl-delay: 5'],
    ['X-Robots-Tag', 'noindex, max-snippet: 0, otherbot: noai'],
    ['X-Robots-Tag', 'unavailable_after: Friday, 25-Jun-10 15:00:00 PST'],
    ['robots meta', 'noai, noimageai, nosnippet'],
    ['tdm-reservation header', '0'],
    ['tdmrep.json', '[{"location":"/","tdm-reservation":1}]'],
    ['tdmrep.json', ''],
    ['ai.txt', 'User-Agent: *\nDisallow: *.jpg'],
    ['ai.txt', '<!doctype html>'],
    ['trust.txt', 'member=https://example.org/\ndatatrainingallowed=no'],
    ['trust.txt', 'data-training-policy=https://example.org/policy'],
  ])('%s: %s', (reader, text) => {
    expect(readers[reader](text).warnings).toEqual([]);
  });
});

it('a Content-Usage line before any group is told apart', () => {
  const [found] = robotsSignalWarnings(
    parseRobots('Content-Usage: train-ai=n\nUser-agent: *\nAllow: /\n'),
    url,
  );
  expect(found?.warning.message).toContain('before any User-agent line');
});

it('robots.txt warnings reach the answer for the agents they concern, as one sentence', () => {
  const parsed = parseRobots(
    'User-agent: a\nContent-Usage: train-ai=no\nAllow: /\nUser-agent: b\nAllow: /\n',
  );
  const ask = (agent: string) =>
    robotsEvidence(parsed, {
      url: '/',
      agent: { token: agent, operator: null },
      robotsUrl: url,
      observedAt: '',
    }).warnings;
  expect(ask('a')).toEqual([
    `${url}, line 2: "Content-Usage: train-ai=no": \`train-ai\` says nothing here: its value must be the bare letter y or n; write \`Content-Usage: train-ai=n\`.`,
  ]);
  expect(ask('b')).toEqual([]);
});

describe('warnings are bounded', () => {
  it('in number and in length', () => {
    const lines = 'Content-Usage: train-ai=no\n'.repeat(1_000);
    expect(robotsSignalWarnings(parseRobots(`User-agent: *\n${lines}`), url)).toHaveLength(
      robotsSignalWarningsMax,
    );
    const header = readXRobotsTag([Array(1_000).fill('no-ai').join(',')], 'image', context);
    expect(header.warnings).toHaveLength(signalWarningsMax);
    expect(header.warnings[0]?.quote.length).toBeLessThanOrEqual(quoteLengthMax + 1);
    const entries = Array(1_000).fill({ location: '/', 'tdm-reservation': 2 });
    expect(readers['tdmrep.json'](JSON.stringify(entries)).warnings).toHaveLength(signalWarningsMax);
  });

  it('and always well-formed text', () => {
    const { warnings } = readers['Content-Usage header'](`\ud800${'x'.repeat(400)}`);
    expect(warnings.map(warningSentence).every((sentence) => sentence.isWellFormed())).toBe(true);
  });
});
