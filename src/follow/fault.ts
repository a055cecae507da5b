/**
 * A log that is wrong, as opposed to one that cannot be read now: what its operator signed does not fit what it
 * serves or has signed before.
 */
export class LogFault extends Error {
  /** What is wrong: a tile by its path, a leaf by its place, or the checkpoint. */
  readonly place: string;

  /** @param words what is wrong with it, as the end of a sentence that begins with the place. */
  constructor(place: string, words: string, cause?: unknown) {
    super(`${place} ${words}`, cause === undefined ? undefined : { cause });
    this.name = 'LogFault';
    this.place = place;
  }
}
