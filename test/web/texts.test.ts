import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { en } from '../../src/web/texts/en.ts';

const web = join(import.meta.dirname, '../../src/web');

function sources(folder: string): [string, string][] {
  return readdirSync(join(web, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => [join(folder, entry.name), readFileSync(join(web, folder, entry.name), 'utf8')]);
}

/** Stands where a value was. */
const cutOut = '\uFFFC';

/** The literal parts of every `html` template of a source, `${…}` cut out; templates within are read by themselves. */
function literals(source: string): string[] {
  const found: string[] = [];
  const stack: { text: string | null; braces: number }[] = [{ text: null, braces: 0 }];
  for (let at = 0; at < source.length; at += 1) {
    const top = stack.at(-1) as { text: string | null; braces: number };
    const here = source[at];
    if (top.text !== null) {
      if (here === '`') found.push((stack.pop() as { text: string }).text);
      else if (source.startsWith('${', at)) {
        top.text += cutOut;
        stack.push({ text: null, braces: 1 });
        at += 1;
      } else top.text += here;
    } else if (source.startsWith('html`', at)) {
      stack.push({ text: '', braces: 0 });
      at += 4;
    } else if (here === '{') top.braces += 1;
    else if (here === '}' && stack.length > 1) {
      top.braces -= 1;
      if (top.braces === 0) stack.pop();
    }
  }
  return found;
}

const spoken = /\s(?:aria-label|alt|title|placeholder|content)="([^"]*)"/g;
const technical = /^(width=device-width, initial-scale=1|light dark|same-origin)$/;

function sentencesIn(template: string): string[] {
  const attributes = [...template.matchAll(spoken)]
    .map((match) => (match[1] ?? '').replaceAll(cutOut, ''))
    .filter((value) => /[A-Za-z]{2}/.test(value));
  const text = template
    .replaceAll(/<code[^>]*>.*?<\/code>/gs, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&\w+;/g, ' ');
  const words = /^\s*[a-z-]+="[^<]*$/.test(template) ? [] : (text.match(/[A-Za-z]{2,}/g) ?? []);
  return [...attributes.filter((value) => !technical.test(value)), ...words];
}

describe('every sentence lives in texts', () => {
  test.each([...sources('pages'), ...sources('.')])('%s says nothing of its own', (_, source) => {
    expect(literals(source).flatMap(sentencesIn)).toEqual([]);
  });

  test('the scan sees a sentence', () => {
    const source = ['html`<p>Hello there $', '{a ? html`<b title="Look here">x</b>` : {}}</p>`'].join('');
    expect(literals(source).flatMap(sentencesIn)).toEqual(['Look here', 'Hello', 'there']);
  });
});

/** Leaf texts by path; a list counts as one. */
function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, path.slice(path.lastIndexOf('.') + 1)]];
  }
  return Object.entries(value).flatMap(([name, each]) => leaves(each, `${path}.${name}`));
}

/** Texts whose name is data: they are looked up by a state, a kind, a usage. */
const byData = [
  /^en\.records\.(kinds|usages|states|said|trust|exactOnly)\./,
  /^en\.check\.result\.(verdicts|acts|effects|preferences|matchKinds|variants|turns|crawl|crawlReasons|whys|sources)\./,
  /^en\.(mine|admin)\.notices\./,
  /^en\.mine\.optOut\.(summary|reported)\./,
  /^en\.mine\.proof\.how\./,
  /^en\.(optOut\.confirm|mine\.link)\.stale\./,
  /^en\.optOut\.(usageChoices|statementFor|addresses)\./,
  /^en\.reading\.transparency\.(rest|reported)\./,
  /^en\.admin\.add\.scope\./,
  /^en\.siteCheck\.(matrix\.(usages|purposes|words|crawlWords)|signals\.usages|paste\.channels|read\.(states|pageStates|sources))\./,
  /^en\.docs\.(in|characters|items|numbers)\./,
  /^en\.report\.(missing\.(why|sources)|acts\.review|verdicts\.words|reasons\.(words|doubts)|trust\.words)\./,
];

test('no text is left over', () => {
  const code = [...sources('.'), ...sources('pages'), ...sources('routes'), ...sources('client')]
    .map(([, source]) => source)
    .join('\n');
  const unused = leaves(en, 'en')
    .filter(([path]) => !byData.some((pattern) => pattern.test(path)))
    .filter(([, name]) => !new RegExp(`(\\.${name}\\b|\\b${name}[,:} ])`).test(code))
    .map(([path]) => path);
  expect(unused).toEqual([]);
});

test('texts promise nothing others must do and shout at nobody', () => {
  const say = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (typeof value === 'function') return [String(value)];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(say) : [];
  };
  for (const sentence of say(en))
    expect(sentence).not.toMatch(/[^=!]!(?![=])|\bis stopped\b|\bwe guarantee\b|\bsorry\b/i);
});
