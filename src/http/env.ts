import type { Consumer } from '../actions/keys.ts';
import type { Deps } from '../deps.ts';

/** What travels with each request. */
export interface AppEnv {
  Variables: {
    requestId: string;
    deps: Deps;
    /** Who asks, when they showed a valid key. */
    consumer: Consumer | null;
    /** The caller for rate limits: `key:…`, or the network address they come from. */
    caller: string;
  };
}
