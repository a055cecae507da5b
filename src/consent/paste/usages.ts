import type { Usage } from '../evidence.ts';

/** The usages a site can refuse by a signal of its own. */
export const pasteUsages = ['train-ai', 'ai-use', 'search'] as const satisfies readonly Usage[];
export type PasteUsage = (typeof pasteUsages)[number];
