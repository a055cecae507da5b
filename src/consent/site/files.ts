import type { Source } from '../evidence.ts';
import type { SignalWarning } from '../signal.ts';

/** One file of a site as it was found, for reading. Text only: nothing here fetches. */
export interface SiteFile {
  source: Source;
  /** Where it was found, or looked for; for an RSL document the address that names it. */
  url: string;
  /** `absent`: the site says there is none. `unreachable`: nobody knows. `disallowed`: robots.txt forbids asking. */
  state: 'read' | 'absent' | 'unreachable' | 'disallowed';
  status: number | null;
  /** Null where nothing is said or known. While unreachable the last good copy. */
  text: string | null;
  /** RFC 3339 UTC. */
  observedAt: string;
  /** What its bytes or its server have against them. */
  faults: SiteFileFault[];
}

/** `truncated`: longer than is read, what was read counts. `too-large`: longer than is read, and nothing counts. */
export type SiteFileFault = 'truncated' | 'too-large' | 'html' | 'not-utf-8' | 'too-many-redirects';

/** The page in question, asked for once. */
export interface SitePage {
  /** `elsewhere`: it redirects to another origin, or to what robots.txt forbids. `busy`: asked too often. */
  state: 'read' | 'unreachable' | 'disallowed' | 'elsewhere' | 'busy';
  url: string;
  status: number | null;
  /** Names in lower case, one value per header line. */
  headers: Readonly<Record<string, readonly string[]>>;
  /** Null when it is no HTML. */
  html: string | null;
  /** True when only the beginning of the page is there. */
  cut: boolean;
  /** RFC 3339 UTC. */
  observedAt: string;
  /** Why it could not be had, or where it redirects to: one sentence. */
  note: string | null;
}

/** All that one report is made of. */
export interface SiteTexts {
  /** The URL in question, http or https. */
  url: string;
  /** robots.txt first; at most one of each source but `rsl`. What is missing here was not asked for yet. */
  files: readonly SiteFile[];
  /** Null when it was not asked for. */
  page: SitePage | null;
}

/** @returns the file of a source, or null where it is not known. */
export function siteFile({ files }: SiteTexts, source: Source): SiteFile | null {
  return files.find((file) => file.source === source) ?? null;
}

const faultWords: Record<SiteFileFault, { message: string; fix: string }> = {
  truncated: { message: 'the file is longer than crawlers read, so its end is not', fix: 'shorten it' },
  'too-large': { message: 'the file is too long to be read, so it says nothing', fix: 'shorten it' },
  html: {
    message: 'a web page stands here, which says nothing',
    fix: 'answer 404 where there is no such file',
  },
  'not-utf-8': { message: 'the file is not UTF-8, so some of it may be lost', fix: 'save it as UTF-8' },
  'too-many-redirects': {
    message: 'this redirects too often or too far, so it says nothing',
    fix: 'serve the file at this address',
  },
};

/** What is wrong with the files as files, before anybody reads them. */
export function fileFaults(files: readonly SiteFile[]): SignalWarning[] {
  return files.flatMap(({ source, url, faults }) =>
    faults.flatMap((fault) => {
      // Crawlers read the lines of a page in the place of robots.txt all the same.
      const words = fault === 'html' && source === 'robots.txt' ? robotsPage : faultWords[fault];
      return [{ where: url, quote: '', ...words }];
    }),
  );
}

const robotsPage = {
  message: 'a web page stands here; only lines in it that look like rules are read',
  fix: 'serve plain text, or answer 404',
};
