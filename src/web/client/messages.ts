import type { LowInformation } from '../../images/gate.ts';
import type { PixelQuery } from '../../images/pixel-query.ts';
import type { Work } from '../../images/work.ts';
import type { WorkDraft } from '../opt-out-form.ts';

/** What the page and the fingerprint worker say to each other. */
export interface PictureTask {
  id: number;
  file: File;
}

/** A picture as the API's WorkSubject takes it. */
export interface ReadWork extends WorkDraft, Work {
  label?: string;
}

export type PictureAnswer =
  | {
      id: number;
      work: ReadWork;
      exactOnly: LowInformation | null;
      /** The picture as POST /v1/check takes it. */
      pixels: PixelQuery;
      thumbnail: Blob | null;
    }
  | { id: number; fault: string | null };
