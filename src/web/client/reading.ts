import type { PictureAnswer, PictureTask } from './messages.ts';

/** A pool of workers that read pictures one after another and can be stopped at any moment. */
export interface Reading {
  /** Queues a picture; `started` and `answered` follow, unless `stop` comes first. */
  add(task: PictureTask): void;
  /** Ends everything under way. @returns the ids that were not read. */
  stop(): number[];
}

export interface ReadingEvents {
  started(id: number): void;
  answered(answer: PictureAnswer): void;
}

const workersMax = 4;

export function startReading(workerUrl: string, events: ReadingEvents): Reading {
  const waiting: PictureTask[] = [];
  const busy = new Map<Worker, number>();
  const idle: Worker[] = [];
  const size = Math.max(1, Math.min(workersMax, (navigator.hardwareConcurrency ?? 2) - 1));

  const hire = (): Worker => {
    const worker = new Worker(workerUrl, { type: 'module' });
    worker.addEventListener('message', (event: MessageEvent<PictureAnswer>) => {
      finish(worker, event.data);
      idle.push(worker);
      next();
    });
    // A worker that dies, of memory or of a picture, takes one picture with it and no more.
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      worker.terminate();
      const id = busy.get(worker);
      if (id !== undefined) finish(worker, { id, fault: null });
      next();
    });
    return worker;
  };

  const finish = (worker: Worker, answer: PictureAnswer) => {
    busy.delete(worker);
    events.answered(answer);
  };

  const next = () => {
    while (waiting.length > 0 && busy.size < size) {
      const task = waiting.shift() as PictureTask;
      const worker = idle.pop() ?? hire();
      busy.set(worker, task.id);
      events.started(task.id);
      worker.postMessage(task);
    }
  };

  return {
    add(task) {
      waiting.push(task);
      next();
    },
    stop() {
      const unread = [...busy.values(), ...waiting.map((task) => task.id)];
      waiting.length = 0;
      for (const worker of busy.keys()) worker.terminate();
      busy.clear();
      return unread;
    },
  };
}
