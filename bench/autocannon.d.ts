/** The part of autocannon that is used here; the package brings no types. */
declare module 'autocannon' {
  export interface Request {
    method: 'GET' | 'POST';
    path: string;
  }
  export interface Client {
    setRequests(requests: Request[]): void;
  }
  export interface Result {
    /** `average` per second. */
    requests: { average: number; total: number };
    duration: number;
    non2xx: number;
    errors: number;
    timeouts: number;
  }
  export interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    setupClient?: (client: Client) => void;
  }
  interface Running extends Promise<Result> {
    on(
      event: 'response',
      listener: (client: Client, status: number, bytes: number, ms: number) => void,
    ): Running;
  }
  export default function autocannon(options: Options): Running;
}
