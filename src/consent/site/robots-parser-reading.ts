import robotsParser from 'robots-parser';

// The package's types name a CommonJS default that hosts hand over as the module itself.
const parse = robotsParser as unknown as (
  url: string,
  text: string,
) => {
  isAllowed(url: string, agent: string): boolean | undefined;
  getMatchingLineNumber(url: string, agent: string): number;
};

/**
 * robots-parser is built for honest files: 10,000 names above 2,000 rules cost it 22 s and 1.6 GB. Below these
 * bounds it stays under some 200 ms and 20 MB.
 */
export const comparedLengthMax = 256 * 1024;
/** User-agent lines times rules: it copies every rule to every name. */
export const comparedCopiesMax = 200_000;
/** Comparison steps in all, at worst. */
export const comparedStepsMax = 10_000_000;

/** A file as crawlers built on robots-parser 3 read it, and how many questions it may be asked. */
export interface OtherReading {
  /** @returns whether they may fetch it, and the line that decides; null where none does. */
  ask(agent: string, url: string): { allowed: boolean; line: number | null };
  questionsMax: number;
}

/**
 * Reads a robots.txt as Crawlee, Browsertrix and others do.
 *
 * @param urlLengthMax of the URLs it will be asked about.
 * @returns null when the file is too large to be read so without harm.
 */
export function readAsOthers(text: string, robotsUrl: string, urlLengthMax: number): OtherReading | null {
  if (text.length > comparedLengthMax) return null;
  const { names, rules, worst, repeated } = shapeOf(text, urlLengthMax);
  if (names * rules > comparedCopiesMax) return null;
  const questionsMax = Math.floor(comparedStepsMax / Math.max(1, worst * repeated));
  if (questionsMax === 0) return null;
  const robots = parse(robotsUrl, text);
  return {
    questionsMax,
    ask(agent, url) {
      const line = robots.getMatchingLineNumber(url, agent);
      return { allowed: robots.isAllowed(url, agent) ?? true, line: line > 0 ? line : null };
    },
  };
}

/** What it could cost at worst, counted generously, since a misspelt line may be a rule to one and not to another. */
function shapeOf(text: string, urlLength: number) {
  const shape = { names: 0, rules: 0, worst: 0, repeated: 1 };
  const seen = new Map<string, number>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (/user-agent/i.test(line)) {
      shape.names++;
      const name = (line.split(':', 2)[1] ?? '').split(/[/#]/, 1)[0]?.trim().toLowerCase() ?? '';
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      shape.repeated = Math.max(shape.repeated, times);
    } else if (/allow/i.test(line)) {
      shape.rules++;
      shape.worst += line.length * (line.includes('*') ? urlLength : 1);
    }
  }
  return shape;
}
