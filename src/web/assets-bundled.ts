import { type Assets, plainAssets } from './assets.ts';

/** On Workers the platform serves public/ itself and revalidates it, so the addresses carry no version. */
export const assets: Assets = plainAssets;
