import type { Usage } from './evidence.ts';

/** A name in a robots.txt User-agent line that stands for a usage by anybody, not for a crawler. */
export interface PolicyToken {
  token: string;
  usages: readonly Usage[];
  source: string;
}

/**
 * Data, since the draft is new and its token may change. Only refusals are read: a permission for everybody needs
 * more proof than a line whose specification is not settled.
 */
export const policyTokens: readonly PolicyToken[] = [
  {
    token: '__usage_ai-training',
    usages: ['train-ai'],
    source: 'draft-kelley-aipref-training-preference-signal-00, 2026-10-30; token as reported 2026-11-11',
  },
];
