import { client as text } from '../texts/en/client.ts';
import { records } from '../texts/en/records.ts';
import { element, need } from './element.ts';
import type { PictureAnswer, ReadWork } from './messages.ts';
import type { PictureState } from './progress-line.ts';

/** One picture of the list and what became of it. */
export interface Picture {
  id: number;
  file: File;
  state: PictureState;
  /** Set when it was read: what is sent of it. */
  work: ReadWork | null;
  item: HTMLLIElement;
  words: HTMLParagraphElement;
}

export function pictureItem(id: number, file: File, remove: (picture: Picture) => void): Picture {
  const words = element('p', {}, text.waiting);
  const button = element(
    'button',
    { type: 'button', class: 'quiet', 'aria-label': text.removeWhat(file.name) },
    text.remove,
  );
  const item = element(
    'li',
    { class: 'waiting' },
    element('span', { class: 'thumb' }),
    element('div', {}, element('bdi', { class: 'file' }, file.name), words),
    button,
  );
  const picture: Picture = { id, file, state: 'waiting', work: null, item, words };
  button.addEventListener('click', () => remove(picture));
  return picture;
}

export function showPicture(picture: Picture, state: PictureState, words: string): void {
  picture.state = state;
  picture.item.className = state;
  picture.words.textContent = words;
}

/** @param known whether a file with this SHA-256 is in the list already */
export function settlePicture(
  picture: Picture,
  answer: PictureAnswer,
  known: (sha256: string) => boolean,
): void {
  if ('fault' in answer) {
    showPicture(picture, 'bad', answer.fault === null ? text.unreadable : text.unreadableWhy(answer.fault));
    return;
  }
  if (answer.thumbnail !== null) {
    const source = URL.createObjectURL(answer.thumbnail);
    need(picture.item, '.thumb').replaceWith(element('img', { class: 'thumb', src: source, alt: '' }));
  }
  if (known(answer.work.sha256)) {
    showPicture(picture, 'bad', text.twice);
    return;
  }
  picture.work = answer.work;
  if (answer.exactOnly === null) showPicture(picture, 'good', text.fingerprinted);
  else showPicture(picture, 'exact', text.exactOnly(records.exactOnly[answer.exactOnly]));
}

/** Takes the picture off the page and frees its thumbnail. */
export function dropPicture(picture: Picture): void {
  const source = picture.item.querySelector('img')?.src;
  if (source !== undefined) URL.revokeObjectURL(source);
  picture.item.remove();
}
