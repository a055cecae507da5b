import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { retiredLabel, usageVocabularies, usageVocabulary } from '../../src/consent/aipref-labels.ts';
import {
  combineStatements,
  contentUsageLinesMax,
  parseUsageStatement,
  readContentUsage,
} from '../../src/consent/content-usage.ts';
import type { Verdict } from '../../src/consent/decision.ts';
import { robotsEvidence } from '../../src/consent/robots/evidence.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { contentUsageLengthMax } from '../../src/consent/usage-dictionary.ts';
import { contextOf, signalUsages, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

type Input =
  | { kind: 'header'; fields: string[] }
  | { kind: 'robots'; robots: string; agent: string; path: string }
  | { kind: 'combine'; statements: string[] };
type Expected = Record<string, Verdict | 'ok' | 'failed'>;

const vectors = ownVectors<Input, Expected>('signals/aipref.json');

function answer(input: Input): Expected {
  if (input.kind === 'header') {
    const { parsed } = parseUsageStatement(input.fields.join(', '));
    const said = readContentUsage(input.fields, contextOf());
    return { parse: parsed ? 'ok' : 'failed', ...verdicts(said.evidence, null) };
  }
  if (input.kind === 'combine') {
    const combined = combineStatements(input.statements.map((text) => parseUsageStatement(text)));
    return Object.fromEntries(signalUsages.map((usage) => [usage, combined.get(usage) ?? 'unknown']));
  }
  const said = askRobots(input.robots, input.agent, `https://example.com${input.path}`);
  return { crawl: said.crawl.verdict, ...verdicts(said.evidence, input.agent) };
}

function askRobots(robots: string, agent: string | null, url = 'https://example.com/p') {
  return robotsEvidence(parseRobots(robots), {
    url,
    agent: agent === null ? null : resolveAgent(agent),
    robotsUrl: 'https://example.com/robots.txt',
    observedAt: '2026-11-23T12:00:00.000Z',
  });
}

describe('AIPREF, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(80));

  it.each(vectors)('$id', ({ input, expect: expected }) => {
    expect(answer(input)).toMatchObject(expected);
  });
});

describe('the Content-Usage field', () => {
  it('is quoted as it stands, with its place', () => {
    expect(readContentUsage(['train-ai=n', 'search=y'], contextOf()).evidence).toEqual([
      {
        source: 'content-usage',
        usage: 'train-ai',
        preference: 'disallow',
        where: 'response header',
        quote: 'Content-Usage: train-ai=n, search=y',
        observedAt: '2026-11-23T12:00:00.000Z',
      },
      expect.objectContaining({ usage: 'search', preference: 'allow' }),
    ]);
  });

  it('says nothing when it is absent, too long or repeated too often', () => {
    expect(readContentUsage([], contextOf())).toEqual({ evidence: [], warnings: [] });
    const long = readContentUsage([`train-ai=y, x="${'a'.repeat(contentUsageLengthMax)}"`], contextOf());
    expect(long).toMatchObject({ evidence: [], warnings: [{ message: expect.stringContaining('longer') }] });
    const many = readContentUsage(Array(contentUsageLinesMax + 1).fill('train-ai=y'), contextOf());
    expect(many).toMatchObject({
      evidence: [],
      warnings: [{ message: expect.stringContaining('more than') }],
    });
  });
});

describe('the vocabulary is data', () => {
  it('is the newest revision, and older labels are known as such', () => {
    expect(usageVocabulary.draft).toBe('draft-ietf-aipref-vocab-08');
    expect(retiredLabel('train-genai')).toEqual({ draft: 'draft-ietf-aipref-vocab-03', usage: 'train-ai' });
    expect(retiredLabel('bots')).toEqual({ draft: 'draft-ietf-aipref-vocab-04', usage: null });
    expect(retiredLabel('train-ai')).toBeNull();
    expect(retiredLabel('no-such-label')).toBeNull();
    const dates = usageVocabularies.map(({ date }) => date);
    expect(dates).toEqual(dates.toSorted().toReversed());
  });

  it('another revision reads other labels', () => {
    const old = usageVocabularies.find(({ draft }) => draft.endsWith('-04'));
    expect(parseUsageStatement('ai-output=n, ai-use=n, bots=n', old).preferences).toEqual(
      new Map([['ai-use', 'disallow']]),
    );
  });
});

describe('Content-Usage lines of robots.txt', () => {
  const robots =
    'User-agent: GPTBot\nContent-Usage: /art/ train-ai=n\nContent-Usage: / train-ai=y\nAllow: /\n';

  it('bind the agent they are addressed to', () => {
    expect(askRobots(robots, 'GPTBot', 'https://example.com/art/1').evidence).toMatchObject([
      {
        source: 'content-usage',
        preference: 'disallow',
        where: 'https://example.com/robots.txt, line 2',
        quote: 'User-agent: GPTBot / Content-Usage: /art/ train-ai=n',
        operators: ['GPTBot'],
      },
    ]);
    expect(askRobots(robots, 'ClaudeBot').evidence).toEqual([]);
  });

  it('ours: an absent path is "/", so the two combine', () => {
    const both = 'User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: / train-ai=y\n';
    expect(verdicts(askRobots(both, null).evidence, null)['train-ai']).toBe('disallow');
  });

  it('ours: a rule that says nothing is still the rule for its path', () => {
    const broken = 'User-agent: *\nContent-Usage: train-ai=y\nContent-Usage: /art/ train-ai=n,\n';
    expect(verdicts(askRobots(broken, null, 'https://example.com/art/1').evidence, null)['train-ai']).toBe(
      'unknown',
    );
  });

  it('ours: a name that can be read in two ways is refused by either and granted by both', () => {
    const cut =
      'User-agent: AI\nContent-Usage: train-ai=n\nAllow: /\n\nUser-agent: *\nContent-Usage: train-ai=y\n';
    expect(verdicts(askRobots(cut, 'AI2Bot').evidence, 'AI2Bot')['train-ai']).toBe('disallow');
    const granted = cut.replace('train-ai=n', 'search=y');
    expect(verdicts(askRobots(granted, 'AI2Bot').evidence, 'AI2Bot')['train-ai']).toBe('unknown');
  });

  it('ours: a group for a control token refuses for the crawler it governs, and grants it nothing', () => {
    const named = 'User-agent: Google-Extended\nContent-Usage: train-ai=n, search=y\nAllow: /\n';
    for (const agent of ['Google-Extended', 'Googlebot']) {
      expect(verdicts(askRobots(named, agent).evidence, agent)).toEqual({
        'train-ai': 'disallow',
        'ai-use': 'unknown',
        search: 'unknown',
      });
    }
    expect(askRobots(named, 'bingbot').evidence).toEqual([]);
  });

  it('ours: a file that is cut off grants nothing', () => {
    const long = `User-agent: *\nContent-Usage: train-ai=y, search=n\n${'#'.repeat(600_000)}`;
    expect(verdicts(askRobots(long, null).evidence, null)).toMatchObject({
      'train-ai': 'unknown',
      search: 'disallow',
    });
  });
});
