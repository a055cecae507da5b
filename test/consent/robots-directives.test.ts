import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/consent/decision.ts';
import {
  type Asked,
  readRobotsMeta,
  readXRobotsTag,
  robotsDirectivesEvidenceMax,
} from '../../src/consent/robots-directives.ts';
import { metasOf } from './metas.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

interface Input {
  headers?: string[];
  html?: string;
  agent: string | null;
  asked: Asked;
}

const vectors = ownVectors<Input, Record<string, Verdict>>('signals/x-robots-tag.json');

describe('X-Robots-Tag and robots meta, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(40));

  it.each(vectors)('$id', ({ input, expect: expected }) => {
    const context = contextOf({ agent: input.agent });
    const evidence = [
      ...readXRobotsTag(input.headers ?? [], input.asked, context).evidence,
      ...readRobotsMeta(metasOf(input.html ?? ''), input.asked, context).evidence,
    ];
    expect(verdicts(evidence, input.agent)).toMatchObject(expected);
  });
});

const said = (line: string, agent: string | null, asked: Asked = 'image') =>
  verdicts(readXRobotsTag([line], asked, contextOf({ agent })).evidence, agent);

describe('X-Robots-Tag', () => {
  it('reports whom a scoped directive speaks to, whoever asks', () => {
    expect(readXRobotsTag(['mybot: noindex, noai'], 'image', contextOf()).evidence).toMatchObject([
      {
        source: 'x-robots-tag',
        usage: 'train-ai',
        operators: ['mybot'],
        quote: 'X-Robots-Tag: mybot: noindex, noai',
      },
      { usage: 'ai-use', operators: ['mybot'] },
    ]);
  });

  it('noimageai says nothing about the text of a page, and noml nothing about use', () => {
    expect(said('noimageai', null, 'page')['train-ai']).toBe('unknown');
    expect(said('noml', null)).toEqual({ 'train-ai': 'disallow', 'ai-use': 'unknown', search: 'unknown' });
  });

  it.each([
    ['noarchive', 'bingbot', 'disallow'],
    ['noarchive', 'Amazonbot', 'disallow'],
    ['noarchive', 'GPTBot', 'unknown'],
    ['bingbot: noarchive', 'bingbot', 'disallow'],
    ['bingbot: noarchive', 'Amazonbot', 'unknown'],
    ['nocache', 'bingbot', 'unknown'],
    ['googlebot: noai', 'Google-Extended', 'disallow'],
    ['google-extended: noai', 'Googlebot', 'disallow'],
    ['*: noai', 'mybot', 'disallow'],
    ['robots: noai', 'mybot', 'disallow'],
    ['mybot: noindex, *: noai', 'other', 'disallow'],
    ['unavailable-after: 2030-01-01, noai', 'mybot', 'disallow'],
    ['unavailable_after: 25-Jun-10, 15:00:00 PST, noai', 'mybot', 'disallow'],
    ['unavailable_after: 2010-06-25T15:00:00+00:00, noai', 'mybot', 'disallow'],
    ['max_snippet: 0, noai', 'mybot', 'disallow'],
    ['noindex: 1, noai', 'mybot', 'disallow'],
    ['noai: yes, noai', 'mybot', 'disallow'],
  ])('ours: %s, asked by %s: %s', (line, agent, expected) => {
    expect(said(line, agent)['train-ai']).toBe(expected);
  });

  it('nocache is possible for Microsoft and binds nobody else', () => {
    const { evidence } = readXRobotsTag(['nocache'], 'page', contextOf({ agent: 'bingbot' }));
    expect(evidence).toMatchObject([{ weight: 'possible', operators: ['Microsoft'] }]);
  });

  it('what is said twice is reported once, and never without end', () => {
    expect(readXRobotsTag(['noml, noml'], 'image', contextOf()).evidence).toHaveLength(1);
    const many = Array.from({ length: 300 }, (_, n) => `bot-${'abc'[n % 3]}${n}x: noai`).join(', ');
    const { evidence } = readXRobotsTag([many, many], 'image', contextOf());
    expect(evidence.length).toBeLessThanOrEqual(robotsDirectivesEvidenceMax);
  });
});

it('robots meta: a name that is no agent is passed over, a known crawler is reported', () => {
  const metas = [
    { name: 'description', content: 'noai' },
    { name: 'GPTBot', content: 'noai' },
  ];
  expect(readRobotsMeta(metas, 'page', contextOf({ agent: 'CCBot' })).evidence).toMatchObject([
    { operators: ['GPTBot'], quote: '<meta name="GPTBot" content="noai">' },
    { operators: ['GPTBot'] },
  ]);
});
