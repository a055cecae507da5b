/**
 * The words in which anything about consent is said. Labels follow the AIPREF vocabulary (draft-ietf-aipref-vocab,
 * revision 08) plus `style-imitation`, which is ours and concerns names.
 */
export const usages = ['train-ai', 'ai-use', 'search', 'style-imitation'] as const;
export type Usage = (typeof usages)[number];

export type Preference = 'allow' | 'disallow';

/** How well the claim behind a record is proven; later outranks earlier. */
export const trustLevels = ['email', 'profile', 'domain', 'identity'] as const;
export type Trust = (typeof trustLevels)[number];

/**
 * Who spoke: the registry, or one machine-readable signal of the site or the file itself. The carrier (header,
 * robots.txt line, meta element, file) is told by `Evidence.where`.
 */
export type Source =
  | 'registry'
  | 'robots.txt'
  | 'content-usage'
  | 'content-signal'
  | 'x-robots-tag'
  | 'tdmrep'
  | 'ai.txt'
  | 'trust.txt'
  | 'rsl'
  | 'image-metadata'
  | 'c2pa';

/** What a fingerprint comparison found. Distance is a Hamming distance in bits, 0 for `exact`. */
export interface Match {
  kind: 'exact' | 'match' | 'possible';
  distance: number;
  variant: string;
  orientation: string;
}

/**
 * One thing that was said about one usage, with its place and its words. Silence is an empty list of evidence,
 * never an `allow`.
 */
export interface Evidence {
  source: Source;
  usage: Usage;
  preference: Preference;
  /** Where it was said, for a person to find again: `https://example.com/robots.txt, line 12` or a record id. */
  where: string;
  /** The words themselves, as they stand there. */
  quote: string;
  /** RFC 3339 UTC, when we read or received it. */
  observedAt: string;
  /** `possible` evidence is reported and sends a caller to review, but never decides alone. Default `decides`. */
  weight?: 'decides' | 'possible';
  /** Set when the statement binds only these operators (`GPTBot` speaks to OpenAI alone). */
  operators?: string[];
  /** Operators the record names as excepted from the refusal. */
  except?: string[];
  /** Which part of the question this is about. */
  on?: 'url' | 'page_url' | 'sha256' | 'md5' | 'pdq' | 'name';
  record?: string;
  trust?: Trust;
  contested?: boolean;
  since?: string;
  licence?: string;
  contact?: string;
  match?: Match;
}
