export interface QueueLimits {
  /** Jobs that run at once, over all sites. */
  runsMax: number;
  /** Jobs that wait, over all sites and for one site. */
  waitingMax: number;
  waitingPerSiteMax: number;
}

/** Work on keys that belong to sites: never two jobs of one site at once, never two jobs for one key. */
export interface PoliteQueue<T> {
  /**
   * Runs the key's job, or joins the one that waits or runs already.
   * @param urgent goes before everything that is not; a waiting job is moved up.
   * @returns the job's outcome, `undefined` in it when the queue was closed first; or undefined when there is no room.
   */
  push(key: string, site: string, urgent: boolean): Promise<T | undefined> | undefined;
  /** Jobs that wait, over all sites and for this site. */
  waiting(site: string): { all: number; site: number };
  /** Resolves once nothing waits or runs. */
  idle(): Promise<void>;
  /** Drops what waits, takes nothing more, and resolves once what runs has ended. */
  close(): Promise<void>;
}

interface Job<T> {
  key: string;
  site: string;
  urgent: boolean;
  running: boolean;
  outcome: PromiseWithResolvers<T | undefined>;
}

/** @param work does one job; what it throws reaches those who joined the job. */
export function createPoliteQueue<T>(work: (key: string) => Promise<T>, limits: QueueLimits): PoliteQueue<T> {
  const jobs = new Map<string, Job<T>>();
  // Sites in turn, each with its jobs in order: a site with thousands of jobs does not hold up the others.
  const urgentLane = new Map<string, Job<T>[]>();
  const lane = new Map<string, Job<T>[]>();
  const busySites = new Set<string>();
  let idleWaiters: (() => void)[] = [];
  let closed = false;

  const laneOf = (job: Job<T>) => (job.urgent ? urgentLane : lane);
  const enter = (job: Job<T>) => {
    const line = laneOf(job).get(job.site);
    if (line === undefined) laneOf(job).set(job.site, [job]);
    else line.push(job);
  };
  const leave = (job: Job<T>) => {
    const rest = (laneOf(job).get(job.site) ?? []).filter((other) => other !== job);
    if (rest.length > 0) laneOf(job).set(job.site, rest);
    else laneOf(job).delete(job.site);
  };
  /** A Map keeps the order of insertion: taken out and put back, a site stands at the end. */
  const toTheEnd = (site: string) => {
    for (const candidates of [urgentLane, lane]) {
      const line = candidates.get(site);
      if (line === undefined) continue;
      candidates.delete(site);
      candidates.set(site, line);
    }
  };
  const nextJob = (): Job<T> | undefined => {
    for (const candidates of [urgentLane, lane]) {
      for (const [site, line] of candidates) {
        if (!busySites.has(site)) return line[0];
      }
    }
    return undefined;
  };
  const finish = (job: Job<T>) => {
    jobs.delete(job.key);
    busySites.delete(job.site);
    toTheEnd(job.site);
    start();
    if (jobs.size > 0) return;
    for (const resolve of idleWaiters) resolve();
    idleWaiters = [];
  };
  const start = () => {
    while (busySites.size < limits.runsMax) {
      const job = nextJob();
      if (job === undefined) return;
      leave(job);
      job.running = true;
      busySites.add(job.site);
      work(job.key)
        .then(job.outcome.resolve, job.outcome.reject)
        .finally(() => finish(job));
    }
  };
  const idle = (): Promise<void> =>
    jobs.size === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve));
  const waiting = (site: string) => ({
    all: jobs.size - busySites.size,
    site: (urgentLane.get(site)?.length ?? 0) + (lane.get(site)?.length ?? 0),
  });

  return {
    push(key, site, urgent) {
      if (closed) return undefined;
      const known = jobs.get(key);
      if (known !== undefined) {
        if (urgent && !known.urgent && !known.running) {
          leave(known);
          known.urgent = true;
          enter(known);
        }
        return known.outcome.promise;
      }
      const { all, site: ofSite } = waiting(site);
      if (all >= limits.waitingMax || ofSite >= limits.waitingPerSiteMax) return undefined;
      const job: Job<T> = { key, site, urgent, running: false, outcome: Promise.withResolvers() };
      // A job nobody waits for may fail without that being an unhandled rejection.
      job.outcome.promise.catch(() => {});
      jobs.set(key, job);
      enter(job);
      start();
      return job.outcome.promise;
    },
    waiting,
    idle,
    close() {
      closed = true;
      for (const job of [...jobs.values()].filter(({ running }) => !running)) {
        leave(job);
        jobs.delete(job.key);
        job.outcome.resolve(undefined);
      }
      return idle();
    },
  };
}
