import { hasPublicSuffix } from './address.ts';
import type { Fetcher, FetchSuccess, Resolver } from './fetching.ts';

/** As Boulder (letsencrypt/boulder, va/http.go): enough for any token, too little to be of use to an attacker. */
export const proofBytesMax = 128;
export const proofRedirectsMax = 10;
export const proofPorts: readonly number[] = [80, 443];
export const proofTimeoutMs = 10_000;

/** Records of one name that are looked at, and how much of what was seen is kept to show. */
export const txtRecordsMax = 100;
export const observedCharsMax = 256;

export interface ProofOutcome {
  found: boolean;
  /**
   * What kind of no it is: `other` (an answer, but not the proof), `nothing` (no such record or file) or
   * `unreachable` (nobody answered, which proves nothing and should be tried again). `match` when found.
   */
  seen: 'match' | 'other' | 'nothing' | 'unreachable';
  /** One plain sentence of what was seen. */
  detail: string;
  /** The words that were seen, printable and shortened; empty when there were none. */
  observed: string;
}

/**
 * Looks for a TXT record that proves control of a domain.
 * @param proof the record's name (`_withhold.example.com`) and the exact value it must have, its character strings
 * joined (RFC 7208 §3.3); blanks around it are ignored. Other records beside it do no harm.
 * @returns what was found; never throws for anything name servers do.
 */
export async function checkDnsProof(
  resolver: Pick<Resolver, 'resolveTxt'>,
  proof: { name: string; expectedValue: string },
): Promise<ProofOutcome> {
  const { name, expectedValue } = proof;
  let records: string[][];
  try {
    records = await resolver.resolveTxt(name);
  } catch {
    return no('unreachable', `The name servers gave no answer about ${name}.`);
  }
  if (records.length === 0) return no('nothing', `There is no TXT record at ${name}.`);
  const values = records.slice(0, txtRecordsMax).map((strings) => strings.join('').trim());
  if (values.includes(expectedValue)) {
    return {
      found: true,
      seen: 'match',
      detail: `The TXT record at ${name} is right.`,
      observed: show(expectedValue),
    };
  }
  const observed = show(values.join(' | '));
  return values.length === 1
    ? no('other', `There is a TXT record at ${name}, but it says something else.`, observed)
    : no(
        'other',
        `There are ${values.length} TXT records at ${name}, and none is the one that was asked for.`,
        observed,
      );
}

/**
 * Fetches the file that proves control of a domain, by Boulder's rules: plain GET, at most ten redirects, only ports
 * 80 and 443, only to hosts under a public suffix, at most 128 bytes; every hop under the outbound guard.
 * @param proof where the file must be (`http://example.com/.well-known/withhold-…`) and exactly what it must hold;
 * blanks and line ends after it are ignored.
 * @returns what was found; never throws for anything the site does.
 */
export async function checkWellKnownProof(
  fetcher: Pick<Fetcher, 'fetch'>,
  proof: { url: string; expectedBody: string },
): Promise<ProofOutcome> {
  const { url, expectedBody } = proof;
  const result = await fetcher.fetch(url, {
    maxBytes: proofBytesMax,
    maxRedirects: proofRedirectsMax,
    timeoutMs: proofTimeoutMs,
    ports: proofPorts,
    accept: 'text/plain, */*;q=0.5',
    refuse: (target) =>
      hasPublicSuffix(target.hostname) ? undefined : `${target.hostname} ends in no public suffix`,
  });
  if (!result.ok) {
    const silent = ['dns', 'connect', 'tls', 'timeout'].includes(result.kind);
    return no(silent ? 'unreachable' : 'other', `${url} could not be read. ${result.message}`);
  }
  return judgeFile(result, url, expectedBody);
}

function judgeFile(result: FetchSuccess, url: string, expectedBody: string): ProofOutcome {
  const at = result.redirects.length === 0 ? url : `${result.url} (redirected from ${url})`;
  const { status } = result;
  const observed = show(new TextDecoder().decode(result.body));
  if (status === 404 || status === 410) return no('nothing', `There is no file at ${at}.`, observed);
  if (status === 429 || status >= 500)
    return no('unreachable', `${at} answered with status ${status}.`, observed);
  if (status !== 200) return no('other', `${at} answered with status ${status} instead of 200.`, observed);
  if (result.truncated)
    return no('other', `The file at ${at} is longer than ${proofBytesMax} bytes.`, observed);
  if (new TextDecoder().decode(result.body).trimEnd() !== expectedBody) {
    return no('other', `There is a file at ${at}, but it says something else.`, observed);
  }
  return { found: true, seen: 'match', detail: `The file at ${at} is right.`, observed };
}

function no(seen: Exclude<ProofOutcome['seen'], 'match'>, detail: string, observed = ''): ProofOutcome {
  return { found: false, seen, detail, observed };
}

/** What a stranger wrote, made fit to stand in a page or a log line: one line, printable, short. */
function show(text: string): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return line.length > observedCharsMax ? `${line.slice(0, observedCharsMax).toWellFormed()}…` : line;
}
