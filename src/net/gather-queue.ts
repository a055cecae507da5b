export interface GatherQueueLimits {
  /** Jobs that run at once. */
  runsMax: number;
  /** Jobs that are known and have not run yet. */
  waitingMax: number;
  /** Jobs that run at once on hosts of one address. */
  perAddressMax: number;
}

/**
 * Runs very many jobs, thousands at once: never two of one site at a time, and few on one address. Jobs that have to
 * wait for their site or address take nobody's place.
 */
export interface GatherQueue {
  /** Resolves once there is room for another job. */
  room(): Promise<void>;
  /**
   * @param site the registrable domain.
   * @param address what stands for the addresses of the host.
   */
  add(job: { key: string; site: string; address: string }): void;
  /** Resolves once nothing waits or runs. @throws what a job threw first. */
  idle(): Promise<void>;
  /** Drops what waits and takes nothing more. */
  drop(): void;
}

interface Job {
  key: string;
  site: string;
  address: string;
}

/** @param work does one job; when it throws, everything that waits is dropped. */
export function createGatherQueue(
  work: (key: string) => Promise<void>,
  limits: GatherQueueLimits,
): GatherQueue {
  /** By site, those that wait for its turn; a site without an entry is free. */
  const sites = new Map<string, Job[]>();
  const addresses = new Map<string, { taken: number; waiting: Job[] }>();
  const ready: Job[] = [];
  let running = 0;
  let waiting = 0;
  let closed = false;
  let fault: { error: unknown } | undefined;
  let listeners: { isMet: () => boolean; resolve: () => void }[] = [];

  const until = (isMet: () => boolean) =>
    isMet()
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          listeners.push({ isMet, resolve });
        });
  const tell = () => {
    const met = listeners.filter(({ isMet }) => isMet());
    if (met.length === 0) return;
    listeners = listeners.filter((listener) => !met.includes(listener));
    for (const { resolve } of met) resolve();
  };
  /** The job's site is free; now for its address. */
  const offer = (job: Job) => {
    const address = addresses.get(job.address) ?? { taken: 0, waiting: [] };
    addresses.set(job.address, address);
    if (address.taken >= limits.perAddressMax) {
      address.waiting.push(job);
      return;
    }
    address.taken += 1;
    ready.push(job);
  };
  const release = (job: Job) => {
    const address = addresses.get(job.address);
    const next = address?.waiting.shift();
    if (next !== undefined) ready.push(next);
    else if (address !== undefined) {
      address.taken -= 1;
      if (address.taken === 0) addresses.delete(job.address);
    }
    const line = sites.get(job.site);
    const same = line?.shift();
    if (same !== undefined) offer(same);
    else sites.delete(job.site);
  };
  const drop = () => {
    closed = true;
    ready.length = 0;
    waiting = 0;
    for (const line of sites.values()) line.length = 0;
    for (const address of addresses.values()) address.waiting.length = 0;
    tell();
  };
  const start = () => {
    while (running < limits.runsMax) {
      const job = ready.shift();
      if (job === undefined) return;
      running += 1;
      waiting -= 1;
      work(job.key)
        .catch((error) => {
          fault ??= { error };
          drop();
        })
        .finally(() => {
          running -= 1;
          release(job);
          start();
          tell();
        });
    }
  };

  return {
    room: () => until(() => waiting < limits.waitingMax),
    add(job) {
      if (closed) return;
      waiting += 1;
      const line = sites.get(job.site);
      if (line !== undefined) line.push(job);
      else {
        sites.set(job.site, []);
        offer(job);
      }
      start();
    },
    async idle() {
      await until(() => waiting === 0 && running === 0);
      if (fault !== undefined) throw fault.error;
    },
    drop,
  };
}
