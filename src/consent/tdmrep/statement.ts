import type { Slip } from '../statement.ts';

/** Longest policy URL that is passed on. */
export const tdmrepPolicyLengthMax = 2_048;

export type TdmState = 'reserved' | 'not-reserved' | 'unset';

/** What one carrier says about one URL. */
export interface TdmStatement {
  state: TdmState;
  /** URL of the policy; null when none is named. */
  policy: string | null;
  where: string;
  quote: string;
  /** True when it says something that cannot be read: no grant then survives from here or from before. */
  broken: boolean;
  slips: { quote: string; slip: Slip; where?: string }[];
}

const refusing = /^["']?(?:1|true|yes|y|on|reserved|all|deny|disallow)["']?;?$/i;
const granting = /^["']?(?:0|false|off|none|unreserved|allow)["']?;?$/i;

const carriers = {
  header: (value: string) => `send \`tdm-reservation: ${value}\``,
  meta: (value: string) => `write \`<meta name="tdm-reservation" content="${value}">\``,
  file: (value: string) => `write \`"tdm-reservation": ${value}\``,
};

/** What is wrong with a value of tdm-reservation that is neither 0 nor 1. `no` is left unclear: no to what? */
export function reservationSlip(value: string, carrier: keyof typeof carriers): Slip {
  const message = 'this says nothing: tdm-reservation is 1 (reserved) or 0 (not reserved)';
  if (refusing.test(value.trim())) return { message, fix: carriers[carrier]('1') };
  if (granting.test(value.trim())) return { message, fix: carriers[carrier]('0') };
  return { message, fix: `${carriers[carrier]('1')} to reserve` };
}

/** What to say about a policy that is no absolute web address. */
export const policySlip: Slip = {
  message: 'the policy is no absolute http or https URL, so it is left out',
  fix: 'write the whole address: `https://…`',
};

/** @returns the policy as an absolute web address, or null. */
export function policyUrl(value: string): string | null {
  const text = value.trim();
  if (text.length > tdmrepPolicyLengthMax || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  return text;
}
