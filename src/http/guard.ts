import type { Context, MiddlewareHandler } from 'hono';
import type { Consumer, Scope } from '../actions/keys.ts';
import type { Bucket } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { AskDeps, EnvOf } from './env.ts';

/** How the address of the connection is learnt differs per host. */
export type ConnectionAddress = (c: Context) => string;

/**
 * Gives the request its id, its caller and, from `Authorization: Bearer`, its consumer. A key that is not valid is
 * refused rather than treated as none: a caller who believes to be known must not be answered as a stranger.
 */
export function identify<Own extends AskDeps>(
  depsOf: () => Own,
  connectionAddress: ConnectionAddress,
  authenticate: (deps: Own, key: string) => Promise<Consumer | null>,
): MiddlewareHandler<EnvOf<Own>> {
  return async (c, next) => {
    const deps = depsOf();
    const requestId = crypto.randomUUID();
    c.set('requestId', requestId);
    c.set('deps', deps);
    c.set('consumer', null);
    c.set('caller', `ip:${network(clientAddress(c, deps.config.trust_proxy, connectionAddress))}`);
    c.header('X-Request-Id', requestId);
    // Spawning's clients write `API`; a session of a creator is a bearer token without the prefix of keys.
    const key = /^(?:Bearer|API)\s+(wh_\S{1,100})$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (key !== undefined) {
      limit(c, 'sign-in', 0);
      const consumer = await authenticate(deps, key);
      if (consumer === null) {
        limit(c, 'sign-in');
        throw new AppError('unauthorized', 'This API key is not known or was revoked.', {
          field: 'authorization',
          fix: 'Check the key, or ask the operator of this registry for a new one.',
        });
      }
      c.set('consumer', consumer);
      c.set('caller', `key:${consumer.id}`);
    }
    await next();
  };
}

/** @throws AppError `rate-limited` with the seconds to wait. */
export function limit<Own extends Pick<AskDeps, 'limiter'>>(
  c: Context<EnvOf<Own>>,
  bucket: Bucket,
  cost = 1,
): void {
  const taken = c.get('deps').limiter.take(bucket, c.get('caller'), cost);
  if (!taken.allowed) {
    throw new AppError('rate-limited', 'You ask faster than this registry answers a caller like you.', {
      retryAfterS: taken.retryAfterS,
      fix: `Wait ${taken.retryAfterS} s, or ask the operator for an API key.`,
    });
  }
}

/** @throws AppError `unauthorized` without a key, `forbidden` when the key lacks the scope. */
export function requireScope<Own>(c: Context<EnvOf<Own>>, scope: Scope, what: string): void {
  const consumer = c.get('consumer');
  if (consumer === null) {
    throw new AppError('unauthorized', `${what} needs an API key.`, {
      field: 'authorization',
      fix: 'Send Authorization: Bearer wh_… with a key from the operator of this registry.',
    });
  }
  if (!consumer.scopes.includes(scope)) {
    throw new AppError('forbidden', `Your API key lacks the scope "${scope}".`, { field: 'authorization' });
  }
}

/** With n trusted proxies, the n-th address from the end of X-Forwarded-For is what the outermost of them saw. */
function clientAddress(c: Context, proxies: number, connectionAddress: ConnectionAddress): string {
  if (proxies === 0) return connectionAddress(c);
  const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  return forwarded.at(-proxies) || connectionAddress(c);
}

/** One household or host has a /64 of IPv6 to itself, so limits count that as one caller. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
