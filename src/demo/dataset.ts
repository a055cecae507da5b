import { csvLines } from '../datasets/csv.ts';
import { homes, namedUrls, shops } from './cast.ts';
import { type Seeded, seeded } from './seeded.ts';
import { goneHosts, playedRobots, strangers } from './sites.ts';

/** How many rows the dataset has. */
export const datasetRows = 10_000;

/** Fingerprints of pictures that were registered, as they turn up in the wild. */
export interface Sightings {
  /** SHA-256 of files that are passed on as they are. */
  sha256: readonly string[];
  /** PDQ hashes of copies that were scaled, cut and saved again. */
  pdq: readonly string[];
}

const columns = ['id', 'url', 'page_url', 'sha256', 'pdq'];
type Row = [id: string, url: string, pageUrl: string, sha256: string, pdq: string];

const folders = ['images', 'gallery', 'art', 'archive', 'private', 'uploads', 'sketches', 'sketches/2025'];

/**
 * A made-up dataset as crawls leave it: pictures of many sites with their pages and hashes, some spelled oddly, some
 * rows empty and some broken. The same every time.
 */
export function makeDataset(sightings: Sightings): { csv: string; origins: string[] } {
  const chance = seeded(20_261_123);
  const rows: string[][] = [columns];
  const hosts = new Set<string>();
  for (let index = 1; index <= datasetRows; index++) {
    const row = rowOf(`row-${index}`, chance, sightings, hosts);
    rows.push(chance.chance(0.003) ? broken(row, chance) : row);
  }
  return { csv: csvLines(rows).toString(), origins: [...hosts].sort().map((host) => `https://${host}`) };
}

function rowOf(id: string, chance: Seeded, sightings: Sightings, hosts: Set<string>): Row {
  if (chance.chance(0.002)) return [id, '', '', '', ''];
  const seen = (pool: readonly string[], probability: number, digits: number) =>
    chance.chance(probability) ? chance.pick(pool) : chance.hex(digits);
  return [
    id,
    chance.chance(0.96) ? urlOf(chance, hosts) : '',
    chance.chance(0.3) ? `https://${hostOf(chance, hosts)}/page-${chance.below(900)}.html` : '',
    chance.chance(0.6) ? seen(sightings.sha256, 0.03, 64) : '',
    chance.chance(0.5) ? seen(sightings.pdq, 0.06, 64) : '',
  ];
}

function urlOf(chance: Seeded, hosts: Set<string>): string {
  if (chance.chance(0.015)) {
    const url = chance.pick(namedUrls);
    hosts.add(new URL(url).hostname);
    return url;
  }
  const host = hostOf(chance, hosts);
  const path = `${chance.pick(folders)}/${chance.hex(8)}.jpg`;
  if (chance.chance(0.02)) return `HTTPS://${host.toUpperCase()}:443/${path}#top`;
  return `https://${host}/${path}`;
}

function hostOf(chance: Seeded, hosts: Set<string>): string {
  const host = pickHost(chance);
  hosts.add(host);
  return host;
}

/** Strangers' sites are most of the web. */
function pickHost(chance: Seeded): string {
  if (chance.chance(0.6)) return chance.pick(strangers);
  if (chance.chance(0.02)) return chance.pick(goneHosts);
  if (chance.chance(0.5)) return chance.pick(shops);
  if (chance.chance(0.5)) return `${chance.chance(0.5) ? 'img.' : ''}${chance.pick(homes)}`;
  return chance.pick([...playedRobots.keys()].slice(0, 6));
}

/** What goes wrong with rows: cells lost, addresses that are none, hashes of another kind or with a slip. */
function broken(row: Row, chance: Seeded): string[] {
  const [id, url, pageUrl, sha256, pdq] = row;
  return chance.pick([
    [id, url],
    [id, `htp//${chance.hex(6)}`, pageUrl, sha256, pdq],
    [id, url, pageUrl, chance.hex(40), pdq],
    [id, url, pageUrl, sha256, `z${chance.hex(63)}`],
  ]);
}
