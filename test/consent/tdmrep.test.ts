import { describe, expect, it } from 'vitest';
import { tdmrepEntriesMax, tdmrepLengthMax } from '../../src/consent/tdmrep/file.ts';
import { readTdmrep, type TdmCarriers } from '../../src/consent/tdmrep/tdmrep.ts';
import { metasOf } from './metas.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

interface Input {
  url: string;
  file?: string;
  headers?: Record<string, string>;
  html?: string;
}

const vectors = ownVectors<Input, { state: string; policy: string | null }>('signals/tdmrep.json');

function carriersOf({ file, headers, html }: Input): TdmCarriers {
  const metas = metasOf(html ?? '');
  const values = (name: string) => metas.filter((meta) => meta.name === name).map(({ content }) => content);
  const fields = (name: string) => (headers?.[name] === undefined ? [] : [headers[name]]);
  return {
    ...(file === undefined ? {} : { file: { text: file, where: 'tdmrep.json' } }),
    header: {
      reservation: fields('tdm-reservation'),
      policy: fields('tdm-policy'),
      where: 'response header',
    },
    meta: { reservation: values('tdm-reservation'), policy: values('tdm-policy'), where: 'page' },
  };
}

const read = (input: Input) => readTdmrep(carriersOf(input), contextOf({ url: input.url }));
const url = 'https://provider.com/a/b.jpg';
const state = (file: unknown) => read({ url, file: JSON.stringify(file) }).state;

describe('TDMRep, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(40));

  it.each(vectors)('$id', ({ input, expect: expected }) => {
    const { state, policy } = read(input);
    expect({ state, policy }).toEqual(expected);
  });
});

describe('TDMRep as evidence', () => {
  it('1 refuses training and use, with the terms; the entry is named', () => {
    const policy = 'https://provider.com/policy.json';
    const file = JSON.stringify([
      { location: '/x', 'tdm-reservation': 0 },
      { location: '/a/', 'tdm-reservation': 1, 'tdm-policy': policy },
    ]);
    const { evidence } = read({ url, file });
    expect(evidence).toMatchObject([
      {
        source: 'tdmrep',
        usage: 'train-ai',
        preference: 'disallow',
        where: 'tdmrep.json, entry 2',
        quote: `{"location":"/a/","tdm-reservation":1,"tdm-policy":"${policy}"}`,
        licence: policy,
      },
      { usage: 'ai-use', licence: policy },
    ]);
  });

  it('0 grants training and nothing else', () => {
    const { evidence } = read({ url, headers: { 'tdm-reservation': '0' } });
    expect(verdicts(evidence, null)).toEqual({ 'train-ai': 'allow', 'ai-use': 'unknown', search: 'unknown' });
    expect(evidence).toMatchObject([{ where: 'response header', quote: 'tdm-reservation: 0' }]);
  });
});

describe('ours: what the report leaves open', () => {
  it.each([
    [
      'a broken first match, then a grant',
      [
        { location: '/a/', 'tdm-reservation': '1' },
        { location: '/', 'tdm-reservation': 0 },
      ],
      'unset',
    ],
    [
      'a broken first match, then a refusal',
      [
        { location: '/a/', 'tdm-reservation': '1' },
        { location: '/', 'tdm-reservation': 1 },
      ],
      'reserved',
    ],
    [
      'an entry without a place, then a grant',
      [{ 'tdm-reservation': 1 }, { location: '/', 'tdm-reservation': 0 }],
      'unset',
    ],
    [
      'a location without its slash, then a grant',
      [
        { location: 'a/', 'tdm-reservation': 1 },
        { location: '/', 'tdm-reservation': 0 },
      ],
      'unset',
    ],
    [
      'a broken entry for elsewhere, then a grant',
      [
        { location: '/z/', 'tdm-reservation': 2 },
        { location: '/', 'tdm-reservation': 0 },
      ],
      'not-reserved',
    ],
    ['a pattern of a type', [{ location: '*.jpg', 'tdm-reservation': 1 }], 'reserved'],
    ['entries that are no objects', [1, null, [], 'x', { location: '/', 'tdm-reservation': 0 }], 'unset'],
  ])('%s: %s', (_name, file, expected) => {
    expect(state(file)).toBe(expected);
  });

  it.each([
    [
      'file 0, header unreadable',
      { file: '[{"location":"/","tdm-reservation":0}]', headers: { 'tdm-reservation': '!' } },
      'unset',
    ],
    [
      'file 1, header unreadable',
      { file: '[{"location":"/","tdm-reservation":1}]', headers: { 'tdm-reservation': '!' } },
      'reserved',
    ],
    ['file unreadable, header 0', { file: '[{', headers: { 'tdm-reservation': '0' } }, 'not-reserved'],
  ])('%s: %s', (_name, input, expected) => {
    expect(read({ url, ...input }).state).toBe(expected);
  });

  it('of several values a 1 counts, and a 0 only alone', () => {
    const header = (...reservation: string[]) =>
      readTdmrep({ header: { reservation, policy: [], where: 'h' } }, contextOf()).state;
    expect(header('0', '1')).toBe('reserved');
    expect(header('0', '0')).toBe('not-reserved');
    expect(header('0', 'x')).toBe('unset');
  });

  it('a policy that is no web address is left out, and an earlier one kept', () => {
    const file = '[{"location":"/","tdm-reservation":1,"tdm-policy":"https://provider.com/p"}]';
    const reading = read({ url, file, headers: { 'tdm-policy': 'javascript:alert(1)' } });
    expect(reading).toMatchObject({
      policy: 'https://provider.com/p',
      warnings: [{ quote: 'tdm-policy: javascript:alert(1)' }],
    });
  });
});

describe('files built to hurt', () => {
  it('too long, too many entries, nested too deep: no grant and no throw', () => {
    const grant = { location: '/', 'tdm-reservation': 0 };
    expect(read({ url, file: `[${' '.repeat(tdmrepLengthMax)}${JSON.stringify(grant)}]` }).state).toBe(
      'unset',
    );
    expect(state([...Array(tdmrepEntriesMax).fill({ location: '/z', 'tdm-reservation': 1 }), grant])).toBe(
      'unset',
    );
    expect(state([grant, ...Array(tdmrepEntriesMax).fill(grant)])).toBe('unset');
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const file of [
      deep,
      `[{"location":"/","tdm-reservation":${deep}}]`,
      `{"tdm-reservation":${deep}}`,
    ]) {
      expect(read({ url, file }).state).toBe('unset');
    }
  });
});
