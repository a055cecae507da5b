/** In which capacity somebody makes an opt-out. */
export const claimantRoles = ['owner', 'agent'] as const;
export type ClaimantRole = (typeof claimantRoles)[number];

/** Fixed words. A version never changes its text; other words are a new version, and old ones stay here. */
export interface Statement {
  version: string;
  text: Readonly<Record<ClaimantRole, string>>;
}

const reservation =
  'expressly reserve, under Article 4(3) of Directive (EU) 2019/790 and equivalent law elsewhere, the right to ' +
  'reproduce and extract the works and other subject matter covered by this opt-out for every use marked ' +
  '“disallow”, including by text and data mining for that use.';

const closing =
  'Where the subject is a name, this states how it may be used and claims no copyright in it. I understand that ' +
  'this statement is published for machines to read, that I can change or withdraw it at any time, and that a ' +
  'false claim can be contested and removed.';

/** Every version ever shown, newest first. */
export const statements: readonly [Statement, ...Statement[]] = [
  {
    version: '2026-11-23',
    text: {
      owner: `I ${reservation} I affirm that these rights are mine and that I have the authority to reserve them. ${closing}`,
      agent: `On behalf of the rightholder I ${reservation} I affirm that the rightholder has given me the authority to do so. ${closing}`,
    },
  },
];

/** The words somebody agrees to today. */
export const currentStatement: Statement = statements[0];

/** The words of a version somebody agreed to, null for a version there never was. */
export function statementOf(version: string): Statement | null {
  return statements.find((each) => each.version === version) ?? null;
}
