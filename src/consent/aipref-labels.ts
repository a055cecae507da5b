import type { Usage } from './evidence.ts';

/** One revision of the AIPREF vocabulary: which labels a Content-Usage statement may hold, and what they mean here. */
export interface UsageVocabulary {
  draft: string;
  /** Month of the revision, `YYYY-MM`. */
  date: string;
  /** Label, as compared (case-sensitive), to usage. Null for one that has no counterpart among ours. */
  labels: ReadonlyMap<string, Usage | null>;
}

type Row = readonly [revision: string, date: string, labels: Readonly<Record<string, Usage | null>>];

// Newest first. Labels changed with nearly every revision, so they are data: a new revision is a new row.
const rows: readonly Row[] = [
  ['08', '2026-09', { 'train-ai': 'train-ai', 'ai-use': 'ai-use', search: 'search' }],
  ['07', '2026-08', { 'train-ai': 'train-ai', search: 'search' }],
  ['06', '2026-04', { 'train-ai': 'train-ai', search: 'search' }],
  ['05', '2025-11', { 'train-ai': 'train-ai', search: 'search' }],
  ['04', '2025-10', { bots: null, 'train-ai': 'train-ai', 'ai-output': 'ai-use', search: 'search' }],
  ['03', '2025-09', { bots: null, 'train-ai': 'train-ai', 'train-genai': 'train-ai', search: 'search' }],
  [
    '02',
    '2025-07',
    { all: null, 'train-ai': 'train-ai', 'train-genai': 'train-ai', 'ai-use': 'ai-use', search: 'search' },
  ],
  [
    '01',
    '2025-06',
    { tdm: 'train-ai', ai: 'train-ai', genai: 'train-ai', search: 'search', inference: 'ai-use' },
  ],
];

/** Every revision that defined labels, newest first. */
export const usageVocabularies: readonly UsageVocabulary[] = rows.map(([revision, date, labels]) => ({
  draft: `draft-ietf-aipref-vocab-${revision}`,
  date,
  labels: new Map(Object.entries(labels)),
}));

const [newest] = usageVocabularies as readonly [UsageVocabulary, ...UsageVocabulary[]];

/** The revision statements are read by. */
export const usageVocabulary: UsageVocabulary = newest;

/** @returns the newest revision that had this label, when the present one has it no more; else null. */
export function retiredLabel(label: string): { draft: string; usage: Usage | null } | null {
  if (usageVocabulary.labels.has(label)) return null;
  for (const { draft, labels } of usageVocabularies) {
    const usage = labels.get(label);
    if (usage !== undefined) return { draft, usage };
  }
  return null;
}
