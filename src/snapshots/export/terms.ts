import { z } from 'zod';
import type { ResolvedAgent } from '../../consent/agent.ts';
import { decide } from '../../consent/decide.ts';
import { trustLevels, type Usage, usages } from '../../consent/evidence.ts';
import { shippedPolicy } from '../../consent/policy.ts';
import { AppError } from '../../errors.ts';
import { recordEvidence } from '../../opt-outs/effect.ts';
import { type OptOutRecord, subjectKinds } from '../../opt-outs/record.ts';
import { recordStates } from '../../opt-outs/states.ts';

/** All of a record in force that decides what it does to an answer; the same for very many. */
const Terms = z.object({
  kind: z.enum(subjectKinds),
  state: z.enum(recordStates),
  usages: z.partialRecord(z.enum(usages), z.enum(['allow', 'disallow'])),
  except: z.array(z.string()),
  trust: z.enum(trustLevels),
  contested: z.boolean(),
});

export interface RefusalQuestion {
  usage: Usage;
  /** Null when nobody is named: then nobody is excepted. */
  agent: ResolvedAgent | null;
}

/**
 * What records with these terms say on their own, by the shipped policy: `refused`, which a rule can say; `possible`,
 * which a person has to look at; or nothing against it.
 *
 * @param text of JSON, with the columns of a record.
 * @throws AppError `invalid` for terms this version does not understand: to leave them out would be to allow.
 */
export function effectOfTerms(
  text: string,
  { usage, agent }: RefusalQuestion,
): 'refused' | 'possible' | 'none' {
  const parsed = Terms.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new AppError('invalid', 'the snapshot holds a record of a form this version does not understand', {
      fix: 'use a newer version of withhold',
      cause: parsed.error,
    });
  }
  const record: OptOutRecord = { ...blank, ...parsed.data };
  const evidence = recordEvidence(record, usage, { origin: '' });
  const { verdict, act } = decide(evidence, { usage, agent, policy: shippedPolicy });
  if (verdict === 'disallow') return 'refused';
  return act === 'review' ? 'possible' : 'none';
}

/** What takes no part in a decision. */
const blank = {
  ...{ rid: '', key: '', keySpec: '', licence: null, contact: null, version: 1, since: null, updated: '' },
  ...{ publishedAt: null, fingerprints: [], salt: '' },
};
