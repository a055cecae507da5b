import { crawlers } from '../src/consent/crawlers.ts';

/** @returns whole numbers from 0 to 2³¹-1, the same sequence for the same seed. */
export type Random = () => number;

/** mulberry32: small, and good enough to spread rules and questions. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 1;
  };
}

export const words =
  'amber birch cedar delta ember fjord grove haven iris juniper kite lumen maple north opal pine'.split(' ');
export const subdomains = ['www', 'img', 'cdn', 'blog', 'static', 'art'];
export const suffixes = ['com', 'net', 'org', 'de', 'fr', 'io', 'art', 'photo'];
export const folders = [
  'art',
  'photos',
  'gallery',
  'images',
  'wp-content/uploads',
  'media',
  'portfolio',
  'works',
];

/** The n-th host of the imagined web, each with a registrable domain of its own. */
export function hostOf(n: number): string {
  const word = `${words[n % 16]}-${words[(n >> 4) % 16]}-${n}`;
  return `${subdomains[n % subdomains.length]}.${word}.${suffixes[n % suffixes.length]}`;
}

/** A path such as `/photos/2023/05/maple-opal-4711.jpg`; one in ten has a query. */
export function pathOf(random: Random): string {
  const folder = folders[random() % folders.length];
  const year = 2005 + (random() % 21);
  const month = String(1 + (random() % 12)).padStart(2, '0');
  const file = `${words[random() % 16]}-${words[random() % 16]}-${random() % 100_000}.jpg`;
  return `/${folder}/${year}/${month}/${file}${random() % 10 === 0 ? '?w=1200&q=80' : ''}`;
}

/**
 * The robots.txt of the n-th host, or null where there is none (15 %): 35 % the few lines a blog comes with, 30 % with a
 * list of AI crawlers, 15 % a shop's hundred rules, 5 % long.
 */
export function robotsTextOf(n: number): string | null {
  const random = randomFrom(n + 1);
  const kind = random() % 100;
  if (kind < 15) return null;
  const sitemap = `\nSitemap: https://${hostOf(n)}/sitemap.xml\n`;
  const blog = 'User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n';
  if (kind < 50) return blog + sitemap;
  if (kind < 80) return blog + aiBlock(random) + sitemap;
  return rulesText(random, kind < 95 ? 100 : 700) + (random() % 2 === 0 ? aiBlock(random) : '') + sitemap;
}

function aiBlock(random: Random): string {
  const named = crawlers.filter(() => random() % 3 !== 0).map(({ token }) => `User-agent: ${token}`);
  const rules = random() % 2 === 0 ? 'Disallow: /' : 'Disallow: /photos/\nDisallow: /art/*.jpg$';
  return `\n# AI crawlers\n${named.join('\n')}\n${rules}\n`;
}

function rulesText(random: Random, count: number): string {
  const rules = Array.from({ length: count }, () => {
    const path = pathOf(random)
      .split('/')
      .slice(0, 2 + (random() % 3))
      .join('/');
    return `${random() % 5 === 0 ? 'Allow' : 'Disallow'}: ${path}${random() % 3 === 0 ? '/*?sort=' : '/'}`;
  });
  return `User-agent: *\nCrawl-delay: 2\n${rules.join('\n')}\n`;
}
