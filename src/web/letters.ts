import type { Config } from '../config.ts';
import type { Letters } from '../deps.ts';
import { letters as text } from './texts/en/letters.ts';

/** Writes the letters of this registry. */
export function letters({ origin }: Pick<Config, 'origin'>): Letters {
  return {
    confirm: ({ to, name, token, expiresAt, records }) => ({
      to,
      subject: text.confirm.subject,
      text: text.confirm.text({
        name: oneLine(name),
        records: text.records(records),
        link: `${origin}/confirm/${token}`,
        until: text.until(expiresAt),
        origin,
      }),
    }),
    link: ({ to, token, expiresAt }) => ({
      to,
      subject: text.link.subject,
      text: text.link.text({ link: `${origin}/link/${token}`, until: text.until(expiresAt), origin }),
    }),
    receipt: ({ to, token, expiresAt, records }) => ({
      to,
      subject: text.receipt.subject,
      text: text.receipt.text({
        records: text.records(records),
        link: `${origin}/link/${token}`,
        until: text.until(expiresAt),
        origin,
      }),
    }),
    proofMissing: ({ to, host, records, suspendAfter }) => ({
      to,
      subject: text.proofMissing.subject(host),
      text: text.proofMissing.text({
        host,
        records: text.records(records),
        until: text.until(suspendAfter),
        link: `${origin}/my`,
      }),
    }),
    proofLost: ({ to, host, records }) => ({
      to,
      subject: text.proofLost.subject(host),
      text: text.proofLost.text({ host, records: text.records(records), link: `${origin}/my` }),
    }),
  };
}

/** A name is somebody's input; in a letter to a stranger it must not become a message of its own. */
function oneLine(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/https?:\/\/|www\./gi, '')
    .slice(0, 100);
}
