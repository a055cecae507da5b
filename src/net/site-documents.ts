import type { DocumentForm } from './document-outcome.ts';

/** One kind of file in which a site states preferences, as it is looked for. */
export interface DocumentKind {
  /** Where it lies, in the order tried: the next place counts only where the one before has none. */
  paths: readonly string[];
  bytesMax: number;
  accept: string;
  form: DocumentForm;
}

/** Neither plain lines nor JSON begin with "<", whatever type the server says they are. */
const beginsWithMarkup = (body: string) => /^\s*</.test(body.slice(0, 1_024));

const asLines: DocumentForm = { isWebPage: beginsWithMarkup, webPage: 'absent', lines: true };
const asJson: DocumentForm = { isWebPage: beginsWithMarkup, webPage: 'absent', lines: false };

/** The files every site is asked for beside robots.txt, by the source that reads them. */
export const siteDocuments = {
  /** TDMRep §5.1. */
  tdmrep: {
    paths: ['/.well-known/tdmrep.json'],
    bytesMax: 128 * 1024,
    accept: 'application/json, */*;q=0.5',
    form: asJson,
  },
  /** Spawning's. */
  'ai.txt': { paths: ['/ai.txt'], bytesMax: 64 * 1024, accept: 'text/plain, */*;q=0.5', form: asLines },
  /** JournalList's, which names both places in this order. */
  'trust.txt': {
    paths: ['/trust.txt', '/.well-known/trust.txt'],
    bytesMax: 64 * 1024,
    accept: 'text/plain, */*;q=0.5',
    form: asLines,
  },
} as const satisfies Record<string, DocumentKind>;

export type DocumentName = keyof typeof siteDocuments;
export const documentNames = Object.keys(siteDocuments) as DocumentName[];

/** RSL documents lie where robots.txt says. */
export const rslDocument: Omit<DocumentKind, 'paths'> = {
  bytesMax: 256 * 1024,
  accept: 'application/rsl+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5',
  form: {
    isWebPage: (body, contentType) =>
      /^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b/i.test(body.slice(0, 1_024)) ||
      (/\bhtml\b/.test(contentType) && !/<(?:\w+:)?rsl[\s>]/.test(body)),
    webPage: 'absent',
    lines: false,
  },
};
