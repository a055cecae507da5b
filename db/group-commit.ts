import type Sqlite from 'better-sqlite3';

/** Callers whose writes share one transaction at the most, so that none waits long for the others. */
export const callersPerCommitMax = 256;

interface Waiting {
  run(): void;
  resolve(): void;
  reject(error: unknown): void;
}

/** Writes of many callers in few transactions. */
export interface GroupCommit {
  /**
   * Puts a write into the next transaction, behind those that came before it.
   * @returns a promise that resolves once that transaction is committed, which is when the write is durable, and
   * rejects with what `run` threw, in which case nothing of it is applied; the writes of others are not touched.
   */
  add(run: () => void): Promise<void>;
  /** Commits what is waiting, now. */
  flush(): void;
}

/**
 * A commit costs a sync of the disk, whoever asked for it: so everything that was asked for within one turn of the event
 * loop is committed together, each caller in a savepoint of its own.
 * @param committed called after each transaction.
 */
export function groupCommit(client: Sqlite.Database, committed: () => void): GroupCommit {
  let waiting: Waiting[] = [];
  let scheduled = false;
  // Within a transaction this is a savepoint. Both are made once, as making them costs as much as a small write.
  const alone = client.transaction((run: () => void) => run());
  const together = client.transaction((group: readonly Waiting[], failures: Map<Waiting, unknown>) => {
    for (const one of group) {
      try {
        alone(one.run);
      } catch (error) {
        // Some failures (a full disk, say) end the whole transaction: then nothing of anybody is applied.
        if (!client.inTransaction) throw error;
        failures.set(one, error);
      }
    }
  });
  const commit = (group: readonly Waiting[]): void => {
    const failures = new Map<Waiting, unknown>();
    try {
      together.immediate(group, failures);
    } catch (error) {
      for (const one of group) one.reject(failures.get(one) ?? error);
      return;
    }
    committed();
    for (const one of group) {
      if (failures.has(one)) one.reject(failures.get(one));
      else one.resolve();
    }
  };
  const flush = (): void => {
    scheduled = false;
    const group = waiting.slice(0, callersPerCommitMax);
    waiting = waiting.slice(callersPerCommitMax);
    if (group.length > 0) commit(group);
    if (waiting.length > 0) schedule();
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
  return {
    add: (run) =>
      new Promise((resolve, reject) => {
        waiting.push({ run, resolve, reject });
        schedule();
      }),
    flush() {
      while (waiting.length > 0) flush();
    },
  };
}
