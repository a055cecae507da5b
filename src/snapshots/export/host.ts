import { AppError } from '../../errors.ts';
import { lookupKeys, scopeKey } from '../../opt-outs/scope.ts';

/**
 * A host, with a port where it is not the default one, as a key has it: `com,example:8443`.
 * @throws AppError `invalid` for anything else.
 */
export function authorityKey(host: string): string {
  const { key } = scopeKey('prefix', host);
  if (!key.endsWith(')/')) {
    throw new AppError('invalid', `--host takes a host alone, not ${host}`, {
      fix: 'leave out the path, as in example.com',
    });
  }
  return key.slice(0, -2);
}

/** Keys of the domains that hold for a host. */
export function domainKeysOf(authority: string): string[] {
  const [, hostSurt = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(authority) ?? [];
  const isIp = hostSurt.startsWith('[') || hostSurt.includes('.');
  const host = isIp ? hostSurt : hostSurt.split(',').reverse().join('.');
  return lookupKeys(`http://${host}${port}/`)?.domains ?? [];
}
