import type { Consumer } from '../actions/keys.ts';
import type { Config } from '../config.ts';
import type { CheckDeps, Deps } from '../deps.ts';

/** What travels with each request. */
export interface EnvOf<Own> {
  Variables: {
    requestId: string;
    deps: Own;
    /** Who asks, when they showed a valid key. */
    consumer: Consumer | null;
    /** The caller for rate limits: `key:…`, or the network address they come from. */
    caller: string;
  };
}

/** In the service. */
export type AppEnv = EnvOf<Deps>;

/** What answering questions needs: the service has it, and so has a replica, which has no database. */
export interface AskDeps extends CheckDeps, Pick<Deps, 'decoder' | 'fetcher' | 'limiter' | 'signals'> {
  /** In `development` many items are answered without a key. */
  config: Pick<Config, 'origin' | 'development' | 'trust_proxy'>;
  signals: Deps['signals'];
}

/** Where questions are answered. */
export type AskEnv = EnvOf<AskDeps>;
