import { client as text } from '../texts/en/client.ts';
import { need } from './element.ts';
import type { ReadWork } from './messages.ts';
import { dropPicture, type Picture, pictureItem, settlePicture, showPicture } from './picture-item.ts';
import { progressLine } from './progress-line.ts';
import { startReading } from './reading.ts';

/** The pictures of the form: chosen or dropped, read by workers, shown with what became of each. */
export interface Pictures {
  works(): ReadWork[];
  isReading(): boolean;
}

/**
 * @param root the part of the form with the file input
 * @param workerUrl address of the fingerprint worker
 * @param subjectsMax most pictures one opt-out takes
 */
export function pictureList(root: HTMLElement, workerUrl: string, subjectsMax: number): Pictures {
  const input = need<HTMLInputElement>(root, 'input[type=file]');
  const list = need<HTMLUListElement>(root, '[data-picture-list]');
  const pictures = new Map<number, Picture>();
  let made = 0;
  const all = () => [...pictures.values()];
  const works = () => all().flatMap(({ work }) => (work === null ? [] : [work]));

  const reading = startReading(workerUrl, {
    started: (id) => change(id, (picture) => showPicture(picture, 'reading', text.reading)),
    answered: (answer) =>
      change(answer.id, (picture) => {
        settlePicture(picture, answer, (sha256) => works().some((work) => work.sha256 === sha256));
        // What the eye must see stands first, not somewhere among thousands.
        if (picture.state !== 'good') list.prepend(picture.item);
      }),
  });

  const change = (id: number, act: (picture: Picture) => void) => {
    const picture = pictures.get(id);
    if (picture !== undefined) act(picture);
    progress.update();
  };

  const progress = progressLine(root, () => all().map(({ state }) => state), {
    stop() {
      for (const id of reading.stop()) change(id, (picture) => showPicture(picture, 'stopped', text.stopped));
    },
    resume() {
      progress.start();
      for (const { id, file } of all().filter(({ state }) => state === 'stopped')) {
        change(id, (picture) => showPicture(picture, 'waiting', text.waiting));
        reading.add({ id, file });
      }
    },
  });

  const remove = (picture: Picture) => {
    pictures.delete(picture.id);
    const beside = picture.item.nextElementSibling ?? picture.item.previousElementSibling;
    dropPicture(picture);
    list.hidden = pictures.size === 0;
    (beside?.querySelector('button') ?? input).focus();
    progress.update();
  };

  const add = (files: File[]) => {
    const room = subjectsMax - pictures.size;
    progress.start();
    if (files.length > room) progress.warn(text.tooMany(subjectsMax));
    for (const file of files.slice(0, room)) {
      made += 1;
      const picture = pictureItem(made, file, remove);
      pictures.set(made, picture);
      list.append(picture.item);
      reading.add({ id: made, file });
    }
    list.hidden = pictures.size === 0;
    progress.update();
  };

  acceptFiles(input, need(root, '.drop'), add);
  return {
    works,
    isReading: () => all().some(({ state }) => state === 'waiting' || state === 'reading'),
  };
}

/** Takes files from a file input and from what is dropped beside it. */
export function acceptFiles(input: HTMLInputElement, drop: HTMLElement, add: (files: File[]) => void): void {
  input.addEventListener('change', () => {
    add([...(input.files ?? [])]);
    input.value = '';
  });
  for (const name of ['dragenter', 'dragover'])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
  for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    add([...(event.dataTransfer?.files ?? [])]);
  });
}
