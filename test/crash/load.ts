import { setTimeout } from 'node:timers/promises';
import { currentStatement } from '../../src/opt-outs/statement.ts';

/** What the service answered with 2xx, and may therefore never lose. */
export interface Acknowledged {
  id: string;
  names: string[];
  confirmed: boolean;
  withdrawn: boolean;
}

/** Everything acknowledged so far, and every checkpoint that was published so far, as its readers saw them. */
export interface Ledger {
  acknowledged: Acknowledged[];
  checkpoints: Set<string>;
  /** Tokens whose confirmation was sent and never answered. */
  cut: string[];
  requests: number;
}

export const newLedger = (): Ledger => ({ acknowledged: [], checkpoints: new Set(), cut: [], requests: 0 });

/** Letters as they come, told apart by nothing: any writer may confirm any opt-out. */
export interface Tokens {
  next(signal: AbortSignal): Promise<string>;
}

const goneStatus = 410;
const watchPauseMs = 15;
const namesPerOptOutMax = 4;
const withdrawnOf = 3;

/** One creator after another: submits, confirms somebody's opt-out, and now and then withdraws it, until aborted. */
export async function write(
  url: string,
  writer: string,
  tokens: Tokens,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    const names = Array.from(
      { length: 1 + (turn % namesPerOptOutMax) },
      (_none, n) => `Name ${writer} ${turn} ${n}`,
    );
    const submitted = await post<{ id: string }>(ledger, signal, `${url}/v1/opt-outs`, {
      ...{ name: 'Ada Example', email: `${writer}@example.com`, role: 'owner', affirmed: true },
      ...{ statement: currentStatement.version, usages: { 'style-imitation': 'disallow' } },
      subjects: names.map((value) => ({ kind: 'name', value })),
    });
    if (submitted === null) return;
    const kept: Acknowledged = { id: submitted.id, names, confirmed: false, withdrawn: false };
    ledger.acknowledged.push(kept);
    const token = await tokens.next(signal).catch(() => null);
    if (token === null) return;
    const session = await post<{ token: string; optOut: string }>(ledger, signal, `${url}/v1/confirmations`, {
      token,
    });
    if (session === null) {
      ledger.cut.push(token);
      continue;
    }
    const confirmed = ledger.acknowledged.find(({ id }) => id === session.optOut);
    if (confirmed !== undefined) confirmed.confirmed = true;
    if (turn % withdrawnOf !== 0) continue;
    const path = `${url}/v1/opt-outs/${session.optOut}/withdraw`;
    if ((await post(ledger, signal, path, {}, session.token)) === null) return;
    if (confirmed !== undefined) confirmed.withdrawn = true;
  }
}

/**
 * @returns null when the service died before it answered, or when the link was used: a letter that was handed over and
 * could not be crossed off comes twice.
 * @throws when it answers anything else but 2xx.
 */
async function post<T>(
  ledger: Ledger,
  signal: AbortSignal,
  url: string,
  json: unknown,
  session?: string,
): Promise<T | null> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(session === undefined ? {} : { Authorization: `Bearer ${session}` }),
      },
      body: JSON.stringify(json),
      signal,
    });
    text = await response.text();
  } catch {
    return null;
  }
  if (response.status === goneStatus) return null;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  ledger.requests += 1;
  return JSON.parse(text) as T;
}

/** Reads the checkpoint again and again, as anybody may. */
export async function watchCheckpoint(url: string, ledger: Ledger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/log/checkpoint`, { signal });
      const text = await response.text();
      if (response.status === 200) ledger.checkpoints.add(text);
    } catch {
      return;
    }
    await setTimeout(watchPauseMs);
  }
}
