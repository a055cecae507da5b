import { crawlerOf } from '../crawlers.ts';
import type { ParsedRobots, RobotsExtension, RobotsGroup } from '../robots/file.ts';
import { type SiteCell, type SiteRow, siteUsages } from './matrix.ts';

export const contradictionKinds = [
  'sources-disagree',
  'allowed-but-not-fetched',
  'only-some-named',
  'control-token-not-named',
  'signal-out-of-reach',
  'signal-before-groups',
  'groups-run-together',
] as const;
export type ContradictionKind = (typeof contradictionKinds)[number];

/** Two things a site says that do not go together, or that do not reach whom they are meant for. */
export interface Contradiction {
  kind: ContradictionKind;
  /** One sentence. */
  message: string;
  fix: string;
  /** Where to look. */
  places: { where: string; quote: string }[];
}

/** Names listed in one sentence. */
const namesShownMax = 6;
/** Groups that are told apart in one contradiction. */
const placesMax = 12;

/**
 * What in the signals of a site contradicts itself.
 *
 * @param unnamed the answers for a crawler that is named nowhere.
 */
export function contradictionsIn(
  rows: readonly SiteRow[],
  unnamed: Omit<SiteRow, 'token'>,
  robots: { parsed: ParsedRobots | null; url: string; lines: readonly string[] },
): Contradiction[] {
  return [
    ...disagreements(unnamed, rows),
    ...notFetched(unnamed),
    ...onlySome(rows, unnamed),
    ...controlTokens(rows, unnamed),
    ...(robots.parsed === null ? [] : outOfReach(robots.parsed, robots.url)),
    ...(robots.parsed === null ? [] : beforeGroups(robots.parsed, robots.url)),
    ...(robots.parsed === null ? [] : runTogether(robots.parsed, robots)),
  ];
}

/** One source refuses what another allows, to the same crawler. */
function disagreements(unnamed: Omit<SiteRow, 'token'>, rows: readonly SiteRow[]): Contradiction[] {
  const found = new Map<string, Contradiction>();
  for (const row of [unnamed, ...rows]) {
    for (const usage of siteUsages) {
      const { overruled, where, quote } = row[usage];
      if (overruled === null || where === null || quote === null) continue;
      // One permission is told of once, with the first refusal that overrules it.
      const key = `${usage} ${overruled.where}`;
      if (found.has(key) || found.size >= placesMax) continue;
      found.set(key, {
        kind: 'sources-disagree',
        message: `${where} refuses ${usage}, and ${overruled.where} allows it; the refusal counts`,
        fix: `make both say what you mean about ${usage}`,
        places: [
          { where, quote },
          { where: overruled.where, quote: overruled.quote },
        ],
      });
    }
  }
  return [...found.values()];
}

function notFetched(unnamed: Omit<SiteRow, 'token'>): Contradiction[] {
  const { crawl } = unnamed;
  if (crawl === null || crawl.verdict !== 'disallow' || crawl.reason !== 'rule') return [];
  return siteUsages.flatMap((usage): Contradiction[] => {
    const cell = unnamed[usage];
    if (cell.verdict !== 'allow' || cell.where === null) return [];
    return [
      {
        kind: 'allowed-but-not-fetched',
        message: `${cell.where} allows ${usage}, but robots.txt lets no unnamed crawler fetch this page`,
        fix: 'take one of the two back',
        places: [placeOf(cell), placeOf(crawl)],
      },
    ];
  });
}

function placeOf(cell: Pick<SiteCell, 'where' | 'quote'>): { where: string; quote: string } {
  return { where: cell.where ?? '', quote: cell.quote ?? '' };
}

/** A list of names is never complete: who is not on it was told nothing. */
function onlySome(rows: readonly SiteRow[], unnamed: Omit<SiteRow, 'token'>): Contradiction[] {
  if (unnamed['train-ai'].verdict === 'disallow' || unnamed.crawl?.verdict === 'disallow') return [];
  const trains = rows.filter(
    ({ purpose, controls }) => purpose === 'training' || controls.includes('train-ai'),
  );
  const isRefused = (row: SiteRow) =>
    row['train-ai'].verdict === 'disallow' || row.crawl?.verdict === 'disallow';
  const refused = trains.filter(isRefused);
  const open = trains.filter((row) => !isRefused(row));
  if (refused.length === 0 || open.length === 0) return [];
  return [
    {
      kind: 'only-some-named',
      message: `${namesOf(refused.map(({ token }) => token))} may not train on this page, but nothing is said to ${namesOf(
        [...open].sort(wellKnownFirst).map(({ token }) => token),
      )}`,
      fix: 'say it to everybody, with the text for robots.txt below',
      places: refused
        .slice(0, 3)
        .map((row) => placeOf(row.crawl?.verdict === 'disallow' ? row.crawl : row['train-ai'])),
    },
  ];
}

/**
 * Who closes a site to all crawlers but those of search engines means AI as well; but a control token is no crawler
 * and inherits nothing from `*`, so it has to be named.
 */
function controlTokens(rows: readonly SiteRow[], unnamed: Omit<SiteRow, 'token'>): Contradiction[] {
  const { crawl } = unnamed;
  if (crawl === null || crawl.verdict !== 'disallow' || crawl.reason !== 'rule') return [];
  return rows.flatMap((row): Contradiction[] => {
    if (row.crawl !== null || row['train-ai'].verdict !== 'unknown') return [];
    const fetching = rows.filter(
      ({ token, crawl: own }) => own?.verdict === 'allow' && crawlerOf(token)?.controlToken === row.token,
    );
    if (fetching.length === 0) return [];
    return [
      {
        kind: 'control-token-not-named',
        message: `\`User-agent: *\` is kept out, but ${namesOf(fetching.map(({ token }) => token))} may fetch, and ${row.token} inherits nothing from it: nothing is said about training there`,
        fix: `add a group with \`User-agent: ${row.token}\` and \`Disallow: /\``,
        places: [placeOf(crawl)],
      },
    ];
  });
}

/** Who is named by an owner is likely to be known to readers; the table begins with such. */
function wellKnownFirst(a: SiteRow, b: SiteRow): number {
  return Number(a.operator === null) - Number(b.operator === null);
}

function namesOf(tokens: readonly string[]): string {
  const shown = tokens.slice(0, namesShownMax);
  const more = tokens.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

const signalNames = new Map([
  ['content-usage', 'Content-Usage'],
  ['content-signal', 'Content-Signal'],
]);

function isSignal({ key }: RobotsExtension): boolean {
  return signalNames.has(key);
}

function isStar({ agents }: RobotsGroup): boolean {
  return agents.some(({ token }) => token === '*');
}

/** A group of its own inherits nothing from `*` (RFC 9309 §2.2.1), and Content-Usage stands in groups. */
function outOfReach(parsed: ParsedRobots, robotsUrl: string): Contradiction[] {
  const general = parsed.groups.filter(isStar).flatMap(({ extensions }) => extensions.filter(isSignal));
  const others = parsed.groups.filter((group) => !isStar(group));
  const spoken = new Set(
    others
      .filter(({ extensions }) => extensions.some(isSignal))
      .flatMap(({ agents }) => agents.map(({ token }) => token)),
  );
  const star = new Set(
    parsed.groups.filter(isStar).flatMap(({ agents }) => agents.map(({ token }) => token)),
  );
  const missed = others
    .flatMap(({ agents }) => agents)
    .filter(({ token }) => token !== '' && !spoken.has(token) && !star.has(token));
  const [first] = general;
  if (first === undefined || missed.length === 0) return [];
  const name = signalNames.get(first.key) ?? '';
  const tokens = [...new Set(missed.map(({ value }) => value))];
  return [
    {
      kind: 'signal-out-of-reach',
      message: `line ${first.line} (${name}) stands under \`User-agent: *\` and does not reach ${namesOf(tokens)}, named in ${tokens.length === 1 ? 'a group of its own' : 'groups of their own'}`,
      fix: `repeat the line in ${tokens.length === 1 ? 'that group' : 'those groups'}`,
      places: [
        { where: `${robotsUrl}, line ${first.line}`, quote: `${name}: ${first.value}`.slice(0, 300) },
        ...missed.slice(0, 3).map(({ line, value }) => ({
          where: `${robotsUrl}, line ${line}`,
          quote: `User-agent: ${value}`.slice(0, 300),
        })),
      ],
    },
  ];
}

/** Content-Usage in that place is a mistake its reader tells of; Content-Signal is read by some and not by others. */
function beforeGroups(parsed: ParsedRobots, robotsUrl: string): Contradiction[] {
  const stray = parsed.extensions.find(({ key }) => key === 'content-signal');
  if (stray === undefined) return [];
  return [
    {
      kind: 'signal-before-groups',
      message: `line ${stray.line} (Content-Signal) stands before any User-agent line, so it is unclear to whom it speaks`,
      fix: 'move it below `User-agent: *`, and repeat it in every other group',
      places: [
        { where: `${robotsUrl}, line ${stray.line}`, quote: `Content-Signal: ${stray.value}`.slice(0, 300) },
      ],
    },
  ];
}

/**
 * Only a rule ends the User-agent lines of a group (RFC 9309 §2.2.1). An empty line in front of another one shows
 * that its author thought otherwise, and then what is said to the second is said to the first as well.
 */
function runTogether(
  parsed: ParsedRobots,
  { url, lines }: { url: string; lines: readonly string[] },
): Contradiction[] {
  for (const { agents } of parsed.groups) {
    for (const [at, second] of agents.entries()) {
      const first = agents[at - 1];
      if (first === undefined) continue;
      const between = lines.slice(first.line, second.line - 1).map((text) => text.trim());
      const empty = between.lastIndexOf('');
      // Without a line of another kind the two were probably meant to share what follows.
      if (empty < 0 || !between.some((text) => text !== '' && !text.startsWith('#'))) continue;
      return [
        {
          kind: 'groups-run-together',
          message: `lines ${first.line} and ${second.line} are one group, because no rule stands between them: what is said to ${nameOf(second)} is said to ${nameOf(first)} as well`,
          fix: `write \`Disallow:\` with nothing behind it on line ${first.line + empty + 1}`,
          places: [first, second].map(({ value, line }) => ({
            where: `${url}, line ${line}`,
            quote: `User-agent: ${value}`.slice(0, 300),
          })),
        },
      ];
    }
  }
  return [];
}

function nameOf({ value, token }: { value: string; token: string }): string {
  return token === '*' ? 'every crawler that is not named' : value.slice(0, 100);
}
