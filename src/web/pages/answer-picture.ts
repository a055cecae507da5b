import type { LowInformation } from '../../images/gate.ts';
import { shortHash } from '../format.ts';
import { copyButton } from '../forms.ts';
import { type Html, html, rich } from '../html.ts';
import { check } from '../texts/en/check.ts';
import { records } from '../texts/en/records.ts';

const text = check.result.picture;

/** A picture somebody asked about, as the answer shows it. */
export interface PictureAsked {
  /** Of its file. */
  name: string;
  width: number;
  height: number;
  sha256: string;
  /** Of the whole picture. */
  pdq: string;
  exactOnly: LowInformation | null;
  /** Whether its bytes came to the service, because there was no script. */
  wasSent: boolean;
  /** A `blob:` address of its small form, where the browser made one. */
  thumbnail?: string;
}

/** Which picture it was. */
export function pictureHeading({ name, width, height, thumbnail, wasSent }: PictureAsked): Html {
  return html`<div class="asked-picture">
${thumbnail === undefined ? '' : html`<img class="thumb" src="${thumbnail}" alt="">`}
<div><p class="file"><bdi class="label">${name}</bdi></p>
<p class="hint">${text.size(width, height)} ${wasSent ? text.notKept : text.notSent}</p></div>
</div>`;
}

/** What an answer about this picture cannot say. */
export function pictureHints({ exactOnly }: PictureAsked): Html {
  return html`${exactOnly === null ? '' : html`<p>${rich(text.exactOnly, { why: records.exactOnly[exactOnly] })}</p>`}<p class="hint">${text.registryOnly}</p>`;
}

/** The hashes it was asked by. */
export function pictureFacts({ sha256, pdq }: PictureAsked): Html {
  return html`<div><dt>${text.sha256}</dt><dd>${hash(`sha256:${sha256}`, text.whatSha256)}</dd></div>
<div><dt>${text.pdq}</dt><dd>${hash(pdq, text.whatPdq)}</dd></div>`;
}

function hash(value: string, what: string): Html {
  return html`<span class="copyable"><code title="${value}">${shortHash(value)}</code>${copyButton(value, what)}</span>`;
}
