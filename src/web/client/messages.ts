import type { LowInformation } from '../../images/gate.ts';
import type { WorkDraft } from '../opt-out-form.ts';

/** What the page and the fingerprint worker say to each other. */
export interface PictureTask {
  id: number;
  file: File;
}

/** A picture as the API's WorkSubject takes it. */
export interface ReadWork extends WorkDraft {
  sha256: string;
  width: number;
  height: number;
  blockhash: string;
  hasher: string;
  fingerprints: { variant: string; pdq: string; quality: number }[];
}

export type PictureAnswer =
  | { id: number; work: ReadWork; exactOnly: LowInformation | null; thumbnail: Blob | null }
  | { id: number; fault: string | null };
