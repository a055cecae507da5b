import { Resolver as DnsResolver } from 'node:dns/promises';
import type { Resolver } from './fetching.ts';

/** Per question and server; with the tries, at most about 6 s until a silent server counts as no answer. */
export const dnsTimeoutMs = 2_000;
export const dnsTries = 2;

export interface ResolverOptions {
  /** `address:port` of name servers. Default: those of the system. */
  servers?: readonly string[];
  timeoutMs?: number;
  tries?: number;
}

/**
 * A Resolver on node:dns that asks name servers only: the hosts file and search domains, which describe our own
 * network and not the site, are never consulted.
 */
export function createResolver(options: ResolverOptions = {}): Resolver {
  const dns = new DnsResolver({
    timeout: options.timeoutMs ?? dnsTimeoutMs,
    tries: options.tries ?? dnsTries,
  });
  if (options.servers !== undefined) dns.setServers(options.servers);
  return {
    async resolve(host) {
      const answers = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)].map(emptyWhenAbsent));
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (addresses.length === 0 && failed !== undefined) throw failed.reason;
      return addresses;
    },
    resolveTxt: (name) => emptyWhenAbsent(dns.resolveTxt(name)),
  };
}

/** NXDOMAIN and "no record of this type" are answers; everything else is the lack of one. */
async function emptyWhenAbsent<T>(question: Promise<T[]>): Promise<T[]> {
  try {
    return await question;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
}
