/** Files the pages refer to, by name; the value is an address that changes when the content does. */
export const assetNames = [
  'style.css',
  'site.js',
  'opt-out.js',
  'check.js',
  'fingerprint-worker.js',
] as const;
export type AssetName = (typeof assetNames)[number];
export type Assets = Readonly<Record<AssetName, string>>;

/** Addresses without a version, for hosts that have no manifest: right, but not cached for long. */
export const plainAssets: Assets = {
  'style.css': '/style.css',
  'site.js': '/client/site.js',
  'opt-out.js': '/client/opt-out.js',
  'check.js': '/client/check.js',
  'fingerprint-worker.js': '/client/fingerprint-worker.js',
};
