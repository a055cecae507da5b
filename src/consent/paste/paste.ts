import type { Source } from '../evidence.ts';
import { type RobotsPaste, robotsTxtToPaste } from './robots.ts';
import type { PasteUsage } from './usages.ts';
import { pasteUsages } from './usages.ts';

/** Where a text goes. */
export type PasteChannel =
  | 'robots.txt'
  | 'http-headers'
  | 'tdmrep.json'
  | 'ai.txt'
  | 'trust.txt'
  | 'html-meta';

/** One text for one place, and what our own parsers read back from it. */
export interface PasteItem {
  channel: PasteChannel;
  source: Source;
  /** Where to put it, for a person: a path on the site, `response header`, or the head of every page. */
  where: string;
  /** The text itself; several lines where the channel has lines. */
  text: string;
  /** Every usage it refuses, to everybody. */
  refuses: PasteUsage[];
  /** Of those, the ones that were not asked for: this channel cannot say less. */
  beyond: PasteUsage[];
}

export interface Paste {
  robots: RobotsPaste;
  items: PasteItem[];
}

/** What one channel can say: the texts from the narrowest to the broadest, each with all it refuses. */
interface Wording {
  channel: PasteChannel;
  source: Source;
  where: string;
  says: readonly { text: string; refuses: readonly PasteUsage[] }[];
}

const tdm: readonly PasteUsage[] = ['train-ai', 'ai-use'];

const wordings: readonly Wording[] = [
  {
    channel: 'http-headers',
    source: 'x-robots-tag',
    where: 'response header',
    says: [
      { text: 'X-Robots-Tag: noml', refuses: ['train-ai'] },
      { text: 'X-Robots-Tag: noai, noimageai', refuses: tdm },
    ],
  },
  {
    channel: 'http-headers',
    source: 'tdmrep',
    where: 'response header',
    says: [{ text: 'tdm-reservation: 1', refuses: tdm }],
  },
  {
    channel: 'tdmrep.json',
    source: 'tdmrep',
    where: '/.well-known/tdmrep.json',
    says: [{ text: '[{"location": "/", "tdm-reservation": 1}]\n', refuses: tdm }],
  },
  {
    channel: 'ai.txt',
    source: 'ai.txt',
    where: '/ai.txt',
    says: [{ text: 'User-Agent: *\nDisallow: /\n', refuses: ['train-ai'] }],
  },
  {
    channel: 'trust.txt',
    source: 'trust.txt',
    where: '/trust.txt',
    says: [{ text: 'datatrainingallowed=no\n', refuses: ['train-ai'] }],
  },
  {
    channel: 'html-meta',
    source: 'x-robots-tag',
    where: 'head of every page',
    says: [
      { text: '<meta name="robots" content="noml">', refuses: ['train-ai'] },
      { text: '<meta name="robots" content="noai, noimageai">', refuses: tdm },
    ],
  },
  {
    channel: 'html-meta',
    source: 'tdmrep',
    where: 'head of every page',
    says: [{ text: '<meta name="tdm-reservation" content="1">', refuses: tdm }],
  },
];

/**
 * What the owner of a site pastes to refuse these usages to everybody, in every text channel that can say it. Each
 * text is the narrowest its channel has, and names what it refuses beyond what was asked; our own parsers read each
 * back as `refuses` says, and nothing as allowed.
 *
 * @param asked the usages to refuse; `train-ai` alone is "no AI training".
 * @param robotsTxt the site's robots.txt as it is, empty when there is none.
 */
export function whatToPaste(asked: readonly PasteUsage[], robotsTxt = ''): Paste {
  const usages = pasteUsages.filter((usage) => asked.includes(usage));
  const robots = robotsTxtToPaste(usages, robotsTxt);
  if (usages.length === 0) return { robots, items: [] };
  const items = wordings.flatMap((wording) => itemFor(wording, usages));
  return { robots, items: [contentUsageHeader(usages), ...items] };
}

function contentUsageHeader(usages: readonly PasteUsage[]): PasteItem {
  return {
    channel: 'http-headers',
    source: 'content-usage',
    where: 'response header',
    text: `Content-Usage: ${usages.map((usage) => `${usage}=n`).join(', ')}`,
    refuses: [...usages],
    beyond: [],
  };
}

/** The text that refuses most of what was asked; of two alike the one that goes less far beyond. */
function itemFor({ says, ...place }: Wording, usages: readonly PasteUsage[]): PasteItem[] {
  const [best] = says
    .map(({ text, refuses }) => ({
      text,
      refuses: [...refuses],
      beyond: refuses.filter((usage) => !usages.includes(usage)),
    }))
    .filter(({ refuses, beyond }) => beyond.length < refuses.length)
    .sort(
      (a, b) =>
        b.refuses.length - b.beyond.length - (a.refuses.length - a.beyond.length) ||
        a.beyond.length - b.beyond.length,
    );
  return best ? [{ ...place, ...best }] : [];
}
