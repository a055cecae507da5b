import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { readAiTxt } from '../../src/consent/ai-txt.ts';
import { readContentUsage } from '../../src/consent/content-usage.ts';
import { crawlers } from '../../src/consent/crawlers.ts';
import type { Evidence } from '../../src/consent/evidence.ts';
import { type PasteItem, whatToPaste } from '../../src/consent/paste/paste.ts';
import { pasteAgentsMax, robotsTxtToPaste } from '../../src/consent/paste/robots.ts';
import { type PasteUsage, pasteUsages } from '../../src/consent/paste/usages.ts';
import { robotsEvidence } from '../../src/consent/robots/evidence.ts';
import { robotsAllows } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { robotsSignalWarnings } from '../../src/consent/robots/signal-warnings.ts';
import { readRobotsMeta, readXRobotsTag } from '../../src/consent/robots-directives.ts';
import type { SignalContext, SignalReading } from '../../src/consent/signal.ts';
import { readTdmrep } from '../../src/consent/tdmrep/tdmrep.ts';
import { readTrustTxt } from '../../src/consent/trust-txt.ts';
import { metasOf } from './metas.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';

/** What our own parsers read from a text that was pasted where the item says. */
function readBack({ channel, source, text }: PasteItem, context: SignalContext): SignalReading {
  const value = text.slice(text.indexOf(':') + 1).trim();
  const where = context.where;
  if (channel === 'ai.txt') return readAiTxt({ body: text }, context);
  if (channel === 'trust.txt') return readTrustTxt([{ body: text, where }], context);
  if (channel === 'tdmrep.json') return readTdmrep({ file: { text, where } }, context);
  if (channel === 'html-meta') {
    const metas = metasOf(text);
    const reservation = metas.filter(({ name }) => name === 'tdm-reservation').map(({ content }) => content);
    if (source === 'tdmrep') return readTdmrep({ meta: { reservation, policy: [], where } }, context);
    return readRobotsMeta(metas, 'page', context);
  }
  if (source === 'content-usage') return readContentUsage([value], context);
  if (source === 'x-robots-tag') return readXRobotsTag([value], 'page', context);
  return readTdmrep({ header: { reservation: [value], policy: [], where } }, context);
}

const askedFor = fc.uniqueArray(fc.constantFrom(...pasteUsages), { minLength: 1 });
const agentName = fc.constantFrom(null, 'SomeBot', ...crawlers.map(({ token }) => token));
const path = fc.constantFrom('/', '/a', '/a/b.jpg', '/admin/x', '/b?c=d', '/ö');

function expected(refused: readonly PasteUsage[]): Record<PasteUsage, 'disallow' | 'unknown'> {
  const verdict = (usage: PasteUsage) => (refused.includes(usage) ? 'disallow' : 'unknown');
  return { 'train-ai': verdict('train-ai'), 'ai-use': verdict('ai-use'), search: verdict('search') };
}

describe('what we tell owners to paste, our own parsers read back as meant', () => {
  it('outside robots.txt: exactly what the item says, for everybody and everywhere', () => {
    fc.assert(
      fc.property(askedFor, agentName, path, (asked, agent, at) => {
        const context = contextOf({ agent, url: `https://example.com${at}` });
        for (const item of whatToPaste(asked).items) {
          const { evidence, warnings } = readBack(item, context);
          expect(verdicts(evidence, agent), item.text).toEqual(expected(item.refuses));
          expect(warnings).toEqual([]);
          expect(item.refuses.some((usage) => asked.includes(usage))).toBe(true);
          expect(item.beyond).toEqual(item.refuses.filter((usage) => !asked.includes(usage)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('every channel can say "no AI training", and nothing is left to say for search but what can be said', () => {
    const channels = (...asked: PasteUsage[]) =>
      whatToPaste(asked).items.map(({ channel, source }) => `${channel} ${source}`);
    expect(channels('train-ai')).toEqual([
      'http-headers content-usage',
      'http-headers x-robots-tag',
      'http-headers tdmrep',
      'tdmrep.json tdmrep',
      'ai.txt ai.txt',
      'trust.txt trust.txt',
      'html-meta x-robots-tag',
      'html-meta tdmrep',
    ]);
    expect(channels('search')).toEqual(['http-headers content-usage']);
    expect(whatToPaste([])).toEqual({ robots: { text: '', beyond: [], notRepeated: 0 }, items: [] });
  });

  it('noml is narrower than noai, which is written where use is refused too', () => {
    const header = (...asked: PasteUsage[]) =>
      whatToPaste(asked).items.find(
        ({ channel, source }) => channel === 'http-headers' && source === 'x-robots-tag',
      );
    expect(header('train-ai')).toMatchObject({ text: 'X-Robots-Tag: noml', beyond: [] });
    expect(header('train-ai', 'ai-use')).toMatchObject({ text: 'X-Robots-Tag: noai, noimageai', beyond: [] });
    expect(header('ai-use')).toMatchObject({ text: 'X-Robots-Tag: noai, noimageai', beyond: ['train-ai'] });
  });
});

const robotsUrl = 'https://example.com/robots.txt';

function ask(robots: string, agent: string | null, at: string) {
  return robotsEvidence(parseRobots(robots), {
    url: `https://example.com${at}`,
    agent: agent === null ? null : resolveAgent(agent),
    robotsUrl,
    observedAt: '2026-11-23T12:00:00.000Z',
  });
}

/** A file as its owner may have it: groups open and closed, stray rules, names with digits, no signal of its own. */
const existingFile = fc
  .array(
    fc.constantFrom(
      'User-agent: *',
      'User-agent: SomeBot',
      'User-agent: GPTBot',
      'User-agent: googlebot # main',
      'User-agent: Zoo2Bot',
      'User-agent:',
      'User-agent: * all',
      'Disallow: /a',
      'Disallow: /',
      'Disallow:',
      'Disallow: /*.jpg$',
      'Allow: /a/b',
      'Allow: /',
      'Crawl-delay: 5',
      'Sitemap: https://example.com/s.xml',
      '# words',
      '',
      'noise',
    ),
    { maxLength: 14 },
  )
  .map((lines) => lines.join('\n'));

describe('what we tell owners to add to robots.txt', () => {
  const others = [
    'SomeBot',
    'Googlebot',
    'bingbot',
    'Zoo2Bot',
    'OtherBot',
    'OAI-SearchBot',
    'Claude-User',
    null,
  ];

  it('refuses exactly what was asked to everybody, but for the operators it names', () => {
    fc.assert(
      fc.property(askedFor, existingFile, agentName, path, (asked, existing, agent, at) => {
        const { text, beyond } = robotsTxtToPaste(asked, existing);
        const { evidence } = ask(`${existing}\n${text}`, agent, at);
        const operator = agent === null ? null : resolveAgent(agent).operator;
        const also = beyond.filter((extra) => extra.operator === operator).flatMap(({ usages }) => usages);
        const decided = verdicts(onlyAsked(evidence, existing, agent, at), agent);
        for (const usage of pasteUsages) {
          const refused = asked.includes(usage) || also.includes(usage);
          if (asked.includes(usage)) expect(decided[usage], `${usage} ${text}`).toBe('disallow');
          else if (!refused) expect(decided[usage], `${usage} ${text}`).toBe('unknown');
        }
        expect(evidence.some(({ preference }) => preference === 'allow')).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  /** Without what the file said already. */
  function onlyAsked(evidence: Evidence[], existing: string, agent: string | null, at: string): Evidence[] {
    const before = new Set(ask(existing, agent, at).evidence.map(({ usage, quote }) => `${usage} ${quote}`));
    return evidence.filter(({ usage, quote }) => !before.has(`${usage} ${quote}`));
  }

  it('changes no path for anybody else, whatever the file was', () => {
    fc.assert(
      fc.property(askedFor, existingFile, fc.constantFrom(...others), path, (asked, existing, agent, at) => {
        const after = `${existing}\n${robotsTxtToPaste(asked, existing).text}`;
        expect(ask(after, agent, at).crawl.verdict).toBe(ask(existing, agent, at).crawl.verdict);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps crawlers that only train away, and is right to the letter', () => {
    const { text } = robotsTxtToPaste(['train-ai']);
    const parsed = parseRobots(text);
    expect(parsed.diagnostics.filter(({ message }) => !message.includes('not a product token'))).toEqual([]);
    expect(robotsSignalWarnings(parsed, robotsUrl)).toEqual([]);
    for (const { token, purpose } of crawlers) {
      expect(robotsAllows(parsed, { agent: token, url: '/a' }).allowed, token).toBe(
        purpose !== 'training' && purpose !== 'control-token',
      );
    }
    expect(text).toContain('User-agent: __usage_ai-training\nDisallow: /');
  });

  it('names what a control token refuses beyond', () => {
    expect(robotsTxtToPaste(['train-ai']).beyond).toEqual([
      { token: 'Google-Extended', operator: 'Google', usages: ['ai-use'] },
    ]);
    expect(robotsTxtToPaste(['train-ai', 'ai-use']).beyond).toEqual([]);
    expect(robotsTxtToPaste(['search']).text).toBe(
      'User-agent: *\nContent-Usage: search=n\nContent-Signal: search=no\nDisallow:\n',
    );
  });

  it('closes a group left open, and repeats only so many names', () => {
    expect(robotsTxtToPaste(['search'], 'User-agent: a').text).toMatch(
      /^Disallow:\n\nUser-agent: \*\nUser-agent: a\n/,
    );
    const names = Array.from({ length: pasteAgentsMax + 3 }, (_, n) => `User-agent: b${n}\n`).join('');
    expect(robotsTxtToPaste(['search'], `${names}Disallow: /x\n`).notRepeated).toBe(3);
  });
});
