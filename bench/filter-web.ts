import { type SubjectText, subjectText } from './snapshot-registry.ts';
import { pathOf, words } from './web.ts';

/** Hosts that hold the pictures of many creators: together a third of the rows of a dataset, 1 to 2 % each. */
export const platforms = Array.from(
  { length: 24 },
  (_none, n) => `cdn.${words[n % 16]}${words[(7 * n + 3 + (n >> 4)) % 16]}.com`,
);

/** Users of each platform, some of whom have rules. */
export const usersPerPlatform = 900_001;

/** The folder of a user of some platform. */
const userFolder = (n: number, user: number) =>
  `${platforms[n % platforms.length]}/u/${words[(user >> 4) % 16]}-${user}`;

/**
 * Rules over the imagined web of datasets: as everywhere, but one prefix in three is a creator's folder on a platform,
 * and one URL in four is of a picture on one.
 */
export const filterSubjectText: SubjectText = (kind, n, random) => {
  if (kind === 'prefix' && n % 3 === 0) return userFolder(n / 3, n);
  if (kind !== 'url' || n % 4 !== 0) return subjectText(kind, n, random);
  return `https://${userFolder(n / 4, n % usersPerPlatform)}${pathOf(random).replace('.jpg', `-${n}.jpg`)}`;
};
