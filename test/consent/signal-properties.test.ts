import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/consent/evidence.ts';
import { robotsRulesMax } from '../../src/consent/robots/file.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { robotsSignals } from '../../src/consent/robots/signals.ts';
import { usageRules, usageStepsMax } from '../../src/consent/robots/usage.ts';
import { quoteLengthMax, signalWarningsMax } from '../../src/consent/statement.ts';
import { type SignalReader, signalReaders, signalTexts } from './signal-readers.ts';
import { contextOf } from './signal-verdicts.ts';

const readers = Object.keys(signalReaders) as SignalReader[];
const agents = [null, 'GPTBot', 'AI2Bot', 'Google-Extended'];
const contexts = agents.map((agent) => contextOf({ agent, url: 'https://example.com/p' }));
const context = contextOf({ agent: 'GPTBot', url: 'https://example.com/p' });

const grants = (evidence: readonly Evidence[]) => evidence.filter(({ preference }) => preference === 'allow');

describe.each(readers)('%s, whatever the text', (reader) => {
  const { words } = signalTexts[reader];
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => new TextDecoder('latin1').decode(bytes)),
    fc
      .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 2 })), {
        maxLength: 30,
      })
      .map((parts) => parts.join('')),
  );

  it('never throws, and what it says is bounded and can be written as JSON', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...contexts), (given, asked) => {
        const { evidence, warnings } = signalReaders[reader](given, asked);
        expect(warnings.length).toBeLessThanOrEqual(signalWarningsMax);
        for (const { quote, where } of [...evidence, ...warnings]) {
          expect(quote.length).toBeLessThanOrEqual(quoteLengthMax + 1);
          expect(quote.isWellFormed() && where.length > 0).toBe(true);
        }
        for (const said of evidence) expect(said.observedAt).toBe(asked.observedAt);
      }),
      { numRuns: 400 },
    );
  });

  it('grants nothing where no word of a grant stands', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...contexts), (given, asked) => {
        if (grants(signalReaders[reader](given, asked).evidence).length > 0)
          expect(given).toMatch(/=y|=yes|0/);
      }),
      { numRuns: 400 },
    );
  });
});

/** Every text one step away: a character left out, put in or exchanged, two exchanged, or the end cut off. */
function* neighbours(text: string, from = 0, to = text.length): Generator<string> {
  // Without "y" and "0": `train-ai=n` with its last letter exchanged for "y" is a grant, written as one.
  const characters = ' \t\n,;:=/*#"\'?()[]{}<>@%$.-_\u0000\u00e9aNoesx12';
  for (let at = from; at < to; at++) {
    const [before, after] = [text.slice(0, at), text.slice(at)];
    yield before + after.slice(1);
    yield before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2);
    if (from === 0) yield before;
    for (const character of characters) {
      yield before + character + after;
      yield before + character + after.slice(1);
      yield before + String.fromCharCode(after.charCodeAt(0) ^ 0x20) + after.slice(1);
    }
  }
}

describe('a refusal with one character wrong is never a grant', () => {
  it.each(readers)('%s', (reader) => {
    for (const refusing of signalTexts[reader].refusing) {
      const { evidence } = signalReaders[reader](refusing, context);
      expect(evidence.length, refusing).toBeGreaterThan(0);
      for (const neighbour of neighbours(refusing)) {
        const found = grants(signalReaders[reader](neighbour, context).evidence);
        if (found.length > 0) throw new Error(`${JSON.stringify(neighbour)} grants ${JSON.stringify(found)}`);
      }
    }
  });

  it.each<[SignalReader, string, string]>([
    [
      'robots.txt lines',
      'User-agent: *\nContent-Usage: train-ai=y\nContent-Usage: /p train-ai=n\n',
      'train-ai=n\n',
    ],
    ['robots.txt lines', 'User-agent: *\nContent-Signal: ai-train=yes, ai-train=no\nAllow: /\n', 'no\n'],
    [
      'tdmrep file',
      '[{"location":"/p","tdm-reservation":1},{"location":"/","tdm-reservation":0}]',
      '"tdm-reservation":1',
    ],
    ['trust.txt', 'datatrainingallowed=yes\ndatatrainingallowed=no\n', '=no\n'],
  ])('%s, beside a grant for other places: %j', (reader, text, part) => {
    const from = text.lastIndexOf(part);
    expect(
      grants(
        signalReaders[reader](text, context).evidence.filter(({ usage }) => !refusedIn(text).has(usage)),
      ),
    ).toEqual([]);
    for (const neighbour of neighbours(text, from, from + part.trimEnd().length)) {
      const { evidence } = signalReaders[reader](neighbour, context);
      const refused = new Set(
        evidence.filter(({ preference }) => preference === 'disallow').map(({ usage }) => usage),
      );
      const found = grants(evidence).filter(({ usage }) => !refused.has(usage));
      if (found.length > 0) throw new Error(`${JSON.stringify(neighbour)} grants ${JSON.stringify(found)}`);
    }

    function refusedIn(whole: string): Set<string> {
      const { evidence } = signalReaders[reader](whole, context);
      return new Set(
        evidence.filter(({ preference }) => preference === 'disallow').map(({ usage }) => usage),
      );
    }
  });
});

describe('files built to be slow', () => {
  const url = `https://example.com/${'a'.repeat(8_000)}`;
  const question = {
    agent: 'x',
    controlToken: null,
    names: ['x'],
    url,
    mayCrawl: true,
    robotsUrl: 'r',
    observedAt: 't',
  };

  it('Content-Usage lines of stars: given up when the work is spent, and then nothing is said', () => {
    const parsed = parseRobots(`User-agent: *\n${'Content-Usage: /*zq train-ai=n\n'.repeat(15_000)}`);
    const work = { steps: 0, stepsMax: usageStepsMax };
    expect(usageRules(parsed, { agent: 'x', url }, work)).toBeNull();
    expect(work.steps).toBeLessThan(usageStepsMax + 2 * 8_100);
    expect(robotsSignals(parsed, question)).toEqual([]);
  });

  it.each([
    [400, ['content-usage train-ai disallow', 'content-usage search allow'], ['content-signal search allow']],
    [6_000, ['content-usage train-ai disallow'], []],
  ])(
    '%d lines that all speak are one statement of each kind, and past the cap no grant',
    (times, usages, signals) => {
      const lines = 'Content-Usage: train-ai=n, search=y\nContent-Signal: ai-train=no, search=yes\n'.repeat(
        times,
      );
      const evidence = robotsSignals(parseRobots(`User-agent: *\n${lines}`), question);
      expect(evidence.map(({ source, usage, preference }) => `${source} ${usage} ${preference}`)).toEqual([
        ...usages,
        'content-signal train-ai disallow',
        ...signals,
      ]);
    },
  );

  it('a file over the caps grants nothing', () => {
    const rules = 'Allow: /\n'.repeat(robotsRulesMax + 1);
    const evidence = robotsSignals(
      parseRobots(
        `User-agent: *\nContent-Usage: train-ai=y, search=n\nContent-Signal: ai-train=yes\n${rules}`,
      ),
      question,
    );
    expect(evidence).toMatchObject([{ usage: 'search', preference: 'disallow' }]);
  });
});
