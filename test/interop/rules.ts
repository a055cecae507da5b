import { equal, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { covers, type Scope } from '../../src/opt-outs/scope.ts';
import { type RuleFormatName, ruleFormats } from '../../src/snapshots/export/formats.ts';
import { anyScope, rulesOf, urlsNear, written } from '../snapshots/export/arbitraries.ts';
import { datatroveReading, heritrixReading, type Reading } from '../snapshots/export/readers.ts';
import { type Check, runCases } from './cases.ts';
import { lastLine, runCommand } from './command.ts';
import { callPython, installPackage } from './python.ts';

const samples = 300;
const mavenTimeoutMs = 240_000;
const runTimeoutMs = 120_000;

interface Sample {
  scopes: readonly Scope[];
  /** The files, by their format. */
  texts: Record<RuleFormatName, string>;
  asked: readonly string[];
}

/** Rules and URLs near them, as the property tests take them, the same at every run. */
async function makeSamples(): Promise<Sample[]> {
  const arbitrary = fc.array(anyScope, { minLength: 1, maxLength: 5 }).chain((scopes) =>
    fc.record({
      scopes: fc.constant(scopes),
      asked: fc.array(urlsNear(scopes), { minLength: 30, maxLength: 30 }),
    }),
  );
  return Promise.all(
    fc.sample(arbitrary, { seed: 6, numRuns: samples }).map(async ({ scopes, asked }) => {
      const texts: Partial<Sample['texts']> = {};
      for (const [name, format] of Object.entries(ruleFormats)) {
        texts[name as RuleFormatName] = (await written(format, rulesOf(scopes))).text;
      }
      return { scopes, asked, texts: texts as Sample['texts'] };
    }),
  );
}

/** @param answers of the tool for each URL of each sample: does it leave it out? Null where it cannot take it. */
function casesOf(
  made: readonly Sample[],
  answers: readonly (readonly (boolean | null)[])[],
  readingOf: (texts: Sample['texts']) => Reading,
) {
  const each = (hold: (sample: Sample, url: string, refused: boolean) => void) => async () => {
    let held = 0;
    for (const [index, sample] of made.entries()) {
      for (const [at, url] of sample.asked.entries()) {
        const refused = answers[index]?.[at];
        if (refused == null) continue;
        hold(sample, url, refused);
        held += 1;
      }
    }
    ok(held > samples * 15, `only ${held} URLs were taken`);
  };
  return runCases([
    [
      'what is refused is never let pass',
      each(({ scopes }, url, refused) => {
        if (scopes.some((scope) => covers(scope, url))) ok(refused, `${url} by ${JSON.stringify(scopes)}`);
      }),
    ],
    [
      'it reads the rules as the reading in npm test does',
      each(({ texts }, url, refused) => equal(refused, readingOf(texts)(url), `${url}\n${texts.words}`)),
    ],
  ]);
}

const client = new URL('./datatrove_rules.py', import.meta.url);
// What URLFilter asks for at import, and no more.
const requirements = [
  ...['datatrove==0.10.1', 'tldextract==5.4.0', 'pyahocorasick==2.3.1', 'fasteners==0.20'],
  'regex==2026.11.15',
];

export const datatroveRules: Check = {
  tool: 'datatrove==0.10.1, URLFilter',
  async run(folder) {
    const installed = await installPackage(folder, ...requirements);
    if ('missing' in installed) return installed;
    const made = await makeSamples();
    const input = made.map(({ texts, asked }) => ({ ...texts, asked }));
    const answers = await callPython(installed.python, client, input, {});
    return casesOf(made, answers as boolean[][], datatroveReading);
  },
};

export const heritrixRules: Check = {
  tool: 'webarchive-commons 3.0.1, what Heritrix decides by SURT prefixes with',
  async run(folder) {
    const here = (name: string) => fileURLToPath(new URL(`./heritrix/${name}`, import.meta.url));
    const paths = join(folder, 'classpath');
    const resolved = await runCommand(
      'mvn',
      ['-q', '-B', '-f', here('pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${paths}`],
      { timeoutMs: mavenTimeoutMs },
    ).catch(() => undefined);
    if (resolved === undefined) return { missing: 'there is no mvn' };
    if (resolved.code !== 0) return { missing: `Maven could not get it: ${lastLine(resolved.stdout)}` };
    const made = await makeSamples();
    const input = JSON.stringify(made.map(({ texts, asked }) => ({ rules: texts.heritrix, urls: asked })));
    const classes = (await readFile(paths, 'utf8')).trim();
    const ran = await runCommand('java', ['-cp', classes, here('SurtRules.java')], {
      ...{ input, timeoutMs: runTimeoutMs },
    });
    if (ran.code !== 0) throw new Error(`java ended with ${ran.code}: ${ran.stderr.slice(-2_000)}`);
    return casesOf(made, JSON.parse(ran.stdout), ({ heritrix }) => heritrixReading(heritrix));
  },
};

/** Tools whose jars were not to be had when this was written: their rules are read in npm test as their sources read. */
const notToBeHad = (tool: string, why: string): Check => ({
  tool,
  run: async () => ({ missing: `${why}; npm test reads its rules as its source does` }),
});

export const nutchRules = notToBeHad('Nutch urlfilter-fast', 'plugins of Nutch are not published as jars');
export const stormcrawlerRules = notToBeHad(
  'StormCrawler FastURLFilter',
  'Maven could not get stormcrawler-core',
);
