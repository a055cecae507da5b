import type { Statement } from '../../db/database.ts';
import {
  claimLetter,
  deleteLetter,
  deleteSentLetters,
  insertLetter,
  latestLetters,
  lettersDue,
  updateLetter,
} from '../../db/letters.ts';
import type { Deps, Letter } from '../deps.ts';
import { newId } from './ids.ts';

const lettersPerRun = 50;
const firstDelayMs = 30_000;
const longestDelayMs = 3_600_000;
const attemptsMax = 60;

/**
 * Puts a letter into the box from which deliverLetters takes it, so that a restart between the answer and the SMTP
 * server loses nothing.
 * @returns the statement for the caller's `atomically`, in a list because a bare one would run when awaited.
 */
export async function writeLetter(deps: Deps, letter: Letter): Promise<[Statement]> {
  const at = new Date(deps.clock()).toISOString();
  const row = {
    id: newId(deps),
    cipher: await deps.secrets.encrypt(JSON.stringify(letter)),
    createdAt: at,
    attempts: 0,
    nextAttemptAt: at,
    sentAt: null,
    lookup: (await deps.secrets.lookups(letter.to))[0],
  };
  return [insertLetter(deps.database, row)];
}

/**
 * Hands over what is due. A letter that is not accepted is tried again, later each time; one attempt is made by one
 * process only, whoever else is looking.
 * @returns how many were handed over.
 */
export async function deliverLetters(deps: Deps): Promise<number> {
  const now = deps.clock();
  const due = await lettersDue(deps.database, new Date(now).toISOString(), lettersPerRun);
  let delivered = 0;
  for (const row of due) {
    const delay = Math.min(firstDelayMs * 2 ** row.attempts, longestDelayMs);
    if (!(await claimLetter(deps.database, row, new Date(now + delay).toISOString()))) continue;
    try {
      await deps.mail(JSON.parse(await deps.secrets.decrypt(row.cipher)) as Letter);
      // In development the page /outbox shows sent letters; elsewhere a sent letter has no business staying.
      const done = deps.config.development
        ? updateLetter(deps.database, { id: row.id, sentAt: new Date(now).toISOString() })
        : deleteLetter(deps.database, row.id);
      await deps.database.atomically([done]);
      delivered += 1;
    } catch (error) {
      const gaveUp = row.attempts + 1 >= attemptsMax;
      // The server's reply may quote the address, so only its class of failure is logged.
      const fields = { letter: row.id, attempts: row.attempts + 1, gaveUp, reason: failureClass(error) };
      deps.log.warn(fields, 'letter not accepted');
      if (gaveUp) await deps.database.atomically([deleteLetter(deps.database, row.id)]);
    }
  }
  return delivered;
}

/** The letters of the last day, for the page /outbox in development. */
export async function outbox(deps: Deps): Promise<(Letter & { id: string; createdAt: string })[]> {
  const rows = await latestLetters(deps.database, 100);
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      createdAt: row.createdAt,
      ...(JSON.parse(await deps.secrets.decrypt(row.cipher)) as Letter),
    })),
  );
}

export const forgetSentLetters = (deps: Deps): Statement =>
  deleteSentLetters(deps.database, new Date(deps.clock() - 86_400_000).toISOString());

function failureClass(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown';
}
