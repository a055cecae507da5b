import http from 'node:http';
import type { CastMember } from '../../src/demo/cast.ts';

/**
 * The filter once more, written from the rules in words and nothing else: sets, string endings and a Hamming distance
 * counted bit by bit. Shares no code with what it checks but the list of who registered what.
 */
export interface NaiveAnswer {
  verdict: 'disallow' | 'allow' | 'unknown' | 'bad';
  act: 'stop' | 'review' | 'proceed' | '';
  kind: string;
  trust: string;
  nothing: boolean;
  silent: boolean;
  /** A site closes its other signals to the registry's crawler. */
  closed: boolean;
}

export interface Print {
  label: string;
  sha256: string;
  pdq: string;
}

export interface Truth {
  members: readonly CastMember[];
  /** Every hash of the registered pictures as the database has them, those of whole pictures first. */
  prints: readonly Print[];
  /** What each host serves as robots.txt; null where there is none. */
  robots: ReadonlyMap<string, string | null>;
  /** Hosts that are nowhere. */
  gone: readonly string[];
}

const agent = 'gptbot';
const operator = 'OpenAI';
const bad: NaiveAnswer = {
  verdict: 'bad',
  act: '',
  kind: '',
  trust: '',
  nothing: false,
  silent: false,
  closed: false,
};

export function answerRow(cells: readonly string[], truth: Truth): NaiveAnswer {
  if (cells.length !== 5) return bad;
  const [, url = '', page = '', sha256 = '', pdq = ''] = cells;
  const places = [url, page].filter((text) => text !== '');
  if (places.some((text) => !/^https?:\/\//i.test(text))) return bad;
  if ([sha256, pdq].some((hash) => hash !== '' && !/^[0-9a-f]{64}$/.test(hash))) return bad;
  const nothing = places.length === 0 && sha256 === '' && pdq === '';
  if (nothing) return { ...bad, verdict: 'unknown', act: 'proceed', nothing };

  const said = new Set<string>();
  for (const place of places) for (const word of saidOfPlace(new URL(place), truth)) said.add(word);
  for (const word of saidOfPicture(sha256, pdq, truth)) said.add(word);
  const silent = places.some((place) => truth.gone.includes(new URL(place).hostname));
  const closed = places.some((place) =>
    forbids(truth.robots.get(new URL(place).hostname) ?? '', '*', '/ai.txt'),
  );
  const [first] = places;
  const mayCrawl = first === undefined || crawlAllowed(new URL(first), truth);
  const answers = first === undefined || !truth.gone.includes(new URL(first).hostname);
  return { ...conclude(said, { mayCrawl, answers, silent }), nothing, silent, closed };
}

function conclude(
  said: Set<string>,
  { mayCrawl, answers, silent }: { mayCrawl: boolean; answers: boolean; silent: boolean },
): Omit<NaiveAnswer, 'nothing' | 'silent' | 'closed'> {
  const refusals = [
    ['domain refuses', 'registry, address', 'domain'],
    ['same file', 'registry, same file', 'email'],
    ['same picture', 'registry, same picture', 'email'],
    ['robots.txt', 'robots.txt', 'none'],
  ] as const;
  const refusal = refusals.find(([word]) => said.has(word));
  if (refusal !== undefined) return { verdict: 'disallow', act: 'stop', kind: refusal[1], trust: refusal[2] };
  const verdict = said.has('domain allows') ? 'allow' : 'unknown';
  if (!mayCrawl) {
    return { verdict, act: 'stop', kind: answers ? 'crawl refused' : 'site unreachable', trust: 'none' };
  }
  const doubts = [
    ['similar picture', 'registry, similar picture'],
    ['claimed', 'registry, address'],
  ] as const;
  const doubt =
    doubts.find(([word]) => said.has(word))?.[1] ?? (silent ? 'robots.txt not checked' : undefined);
  if (doubt !== undefined) return { verdict, act: 'review', kind: doubt, trust: '' };
  return { verdict, act: 'proceed', kind: '', trust: '' };
}

function saidOfPlace(place: URL, { members, robots }: Truth): string[] {
  const host = place.hostname;
  const below = (name: string) => host === name || host.endsWith(`.${name}`);
  const said: string[] = [];
  for (const { usages, except, addresses, proves } of members) {
    const preference = usages['train-ai'];
    if (preference === undefined || except.includes(operator)) continue;
    for (const { kind, value } of addresses) {
      const named = value.replace(/^https:\/\//, '');
      const owner = named.split('/')[0] ?? '';
      const whole = host + place.pathname;
      const covered =
        kind === 'domain'
          ? below(named)
          : kind === 'prefix'
            ? whole === named || whole.startsWith(named.endsWith('/') ? named : `${named}/`)
            : kind === 'url' && whole === named && place.search === '';
      if (!covered) continue;
      const isProven = proves.some((name) => owner === name || owner.endsWith(`.${name}`));
      if (isProven) said.push(preference === 'allow' ? 'domain allows' : 'domain refuses');
      else if (kind === 'url') said.push('claimed');
    }
  }
  if (forbids(robots.get(host) ?? '', agent, place.pathname)) said.push('robots.txt');
  return said;
}

function saidOfPicture(sha256: string, pdq: string, { members, prints }: Truth): string[] {
  const said: string[] = [];
  // A picture has several hashes, of its whole and of crops: the nearest speaks for it.
  const nearest = new Map<string, { sha256: string; bits: number }>();
  for (const { label, sha256: file, pdq: hash } of prints) {
    const bits = pdq === '' ? 256 : distance(pdq, hash);
    if (bits < (nearest.get(label)?.bits ?? 257)) nearest.set(label, { sha256: file, bits });
  }
  for (const [name, { sha256: file, bits }] of nearest) {
    if (sha256 !== file && bits > 31) continue;
    const member = members.find(({ works }) => works.some(({ label }) => label === name));
    if (member?.usages['train-ai'] !== 'disallow' || member.except.includes(operator)) continue;
    if (sha256 === file) said.push('same file');
    else said.push(bits <= 24 ? 'same picture' : 'similar picture');
  }
  return said;
}

function crawlAllowed(place: URL, { robots, gone }: Truth): boolean {
  if (gone.includes(place.hostname)) return false;
  const text = robots.get(place.hostname) ?? '';
  const named = groupsOf(text).some(({ agents }) => agents.includes(agent));
  return !forbids(text, named ? agent : '*', place.pathname);
}

function groupsOf(text: string): { agents: string[]; rules: [allow: boolean, path: string][] }[] {
  return text.split(/\n\s*\n/).map((block) => {
    const lines = block.split('\n').map((line) => line.toLowerCase());
    const agents = lines.flatMap((line) => (line.startsWith('user-agent: ') ? [line.slice(12)] : []));
    const rules = lines.flatMap((line): [boolean, string][] => {
      const [, verb, path = ''] = /^(allow|disallow):\s*(\S*)$/.exec(line) ?? [];
      return path === '' ? [] : [[verb === 'allow', path]];
    });
    return { agents, rules };
  });
}

/** Whether the group of this name has a rule against the path; the longest rule that fits decides. */
function forbids(text: string, name: string, path: string): boolean {
  const rules = groupsOf(text).flatMap(({ agents, rules: own }) => (agents.includes(name) ? own : []));
  const fitting = rules
    .filter(([, start]) => path.startsWith(start))
    .sort((a, b) => b[1].length - a[1].length);
  return fitting[0]?.[0] === false;
}

const bitsOfDigit = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];
const digits = new Map([...'0123456789abcdef'].map((digit, value) => [digit.charCodeAt(0), value]));

/** Bits in which two hashes of 64 hex digits differ, counted digit by digit. */
export function distance(a: string, b: string): number {
  let bits = 0;
  for (let at = 0; at < 64; at++) {
    const difference = (digits.get(a.charCodeAt(at)) ?? 0) ^ (digits.get(b.charCodeAt(at)) ?? 0);
    bits += bitsOfDigit[difference] as number;
  }
  return bits;
}

/** Fetches the robots.txt of a played host as any client would. */
export function robotsServed(port: number, host: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/robots.txt', headers: { host } };
    http
      .get(options, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(response.statusCode === 200 ? text : null);
      })
      .on('error', reject);
  });
}
