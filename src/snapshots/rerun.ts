import type { Item } from '../actions/check-records.ts';
import { findRecords, placesOf } from '../actions/check-records.ts';
import { waitMs } from '../actions/signals.ts';
import { type ResolvedAgent, resolveAgent } from '../consent/agent.ts';
import { decide } from '../consent/decide.ts';
import type { DecisionPart, Verdict } from '../consent/decision.ts';
import type { Evidence } from '../consent/evidence.ts';
import { policyDigest, shippedPolicy } from '../consent/policy.ts';
import { AppError } from '../errors.ts';
import { LogFault } from '../follow/fault.ts';
import type { FeedEvent } from '../follow/feed.ts';
import type { DecisionView } from '../http/schemas.ts';
import type { CheckAnswer } from '../log/check-receipt.ts';
import { toHex } from '../log/encoding.ts';
import { canonicalText } from '../log/json-text.ts';
import type { ProvenLog } from '../log/receipt.ts';
import { snapshotDeps } from './answering.ts';
import type { OpenSnapshot } from './open.ts';
import { type AskedAgain, readAsked } from './receipt-question.ts';

/** Why a record counted otherwise than it does at the size of the log the receipt names. */
export interface Explained {
  record: string;
  /** `pending`: it had changed, and was not in the log yet. `erased`: what it said is not known any more. */
  why: 'pending' | 'erased';
  /** Where the log has it, and when; null when no stored event says. */
  seq: number | null;
  at: string | null;
}

/** One part of an answer that is not what the receipt says. */
export interface Difference {
  part: (typeof comparedParts)[number];
  receipt: unknown;
  rerun: unknown;
}

export interface RerunItem {
  outcome: 'same' | 'explained' | 'differs';
  /** What is answered now. */
  verdict: Verdict;
  explained: Explained[];
  differences: Difference[];
}

export interface Rerun {
  /** Whether no answer differs but by what the log explains. */
  ok: boolean;
  /** The state of the log that was asked again: the receipt's own. */
  asOf: { origin: string; size: number; root: string };
  /** Size of the log the snapshot is of, behind which the feed was applied. */
  snapshot: number;
  /** One per item, in the order of the question. */
  items: RerunItem[];
}

/** What of an answer is held against the receipt. */
const comparedParts = ['verdict', 'act', 'reasons', 'match', 'trust', 'since', 'contested'] as const;

/** Events of the stored feed behind the receipt's log, in order. */
export type LaterEvents = () => AsyncIterable<FeedEvent>;

/**
 * Asks the question of a check receipt again: the registry by a snapshot at exactly the receipt's size of the log, and
 * all other evidence verbatim from the receipt, weighed by the same policy for the same agent.
 *
 * @param receipt what the receipt proves.
 * @param snapshot opened at the size of the receipt's log; it is of no other use afterwards.
 * @param later explains what a registry knew and had not in its log yet.
 * @throws AppError `invalid` for a receipt of another log, of another policy, or of a form this version does not know;
 * LogFault when the two are of two histories of one log.
 */
export async function rerunCheck(
  receipt: { proven: CheckAnswer; log: ProvenLog },
  snapshot: OpenSnapshot,
  later: LaterEvents,
): Promise<Rerun> {
  const { proven, log } = receipt;
  requireSameLog(log, snapshot);
  await requireSamePolicy(proven.policy);
  const asked = readAsked(proven);
  const found = await registryEvidence(snapshot, asked.items, asked);
  const differing = new Set(
    asked.items.flatMap((_item, at) => differingRecords(asked.registry[at] ?? [], found[at] ?? [])),
  );
  const until = new Date(Date.parse(proven.at) + waitMs).toISOString();
  const explained = await explain({ asked, found, snapshot, until }, differing, later);
  const items = asked.items.map((_item, at) => judge(asked, at, found[at] ?? [], explained));
  const { origin, size, root } = snapshot.asOf();
  return {
    ok: items.every(({ outcome }) => outcome !== 'differs'),
    asOf: { origin, size, root: toHex(root) },
    snapshot: snapshot.manifest.content.size,
    items,
  };
}

function requireSameLog(log: ProvenLog, snapshot: OpenSnapshot): void {
  const { origin, size, root } = snapshot.asOf();
  if (origin !== log.origin) {
    throw new AppError('invalid', `the receipt is of ${log.origin}, the snapshot of ${origin}`, {
      fix: 'name the folder of a snapshot of that registry',
    });
  }
  if (BigInt(size) === log.size && toHex(root) === log.root) return;
  throw new LogFault(
    'the receipt',
    `is of another history: at ${log.size} entries its log has the root ${log.root}, the one followed here ${toHex(root)}`,
  );
}

async function requireSamePolicy(applied: string): Promise<void> {
  const own = await policyDigest(shippedPolicy);
  if (applied === own) return;
  throw new AppError('invalid', `the receipt was decided by the policy ${applied}, this version has ${own}`, {
    fix: 'run it with the version of withhold that has that policy',
  });
}

function registryEvidence(
  snapshot: OpenSnapshot,
  items: readonly Item[],
  { usage }: Pick<AskedAgain, 'usage'>,
): Promise<Evidence[][]> {
  // The clock bounds how long an answer holds, which is not compared.
  return findRecords(snapshotDeps(snapshot, { clock: () => 0 }), { items, usage }, items.map(placesOf));
}

function byRecord(evidence: readonly Evidence[]): Map<string, string> {
  const groups = Map.groupBy(evidence, ({ record }) => record ?? '');
  return new Map([...groups].map(([rid, said]) => [rid, canonicalText(said)]));
}

/** Records of which one list has something else to say than the other. */
function differingRecords(one: readonly Evidence[], other: readonly Evidence[]): string[] {
  const [a, b] = [byRecord(one), byRecord(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((rid) => a.get(rid) !== b.get(rid));
}

interface Explaining {
  asked: AskedAgain;
  found: Evidence[][];
  snapshot: OpenSnapshot;
  /** Nothing after this can have been known when it was answered, RFC 3339 UTC. */
  until: string;
}

/**
 * What the log says of records that differ. A registry may know a change before its log has it, so a record's next
 * versions are tried one by one until it says in every item what the receipt has of it.
 */
async function explain(
  { asked, found, snapshot, until }: Explaining,
  differing: ReadonlySet<string>,
  later: LaterEvents,
): Promise<Map<string, Explained>> {
  const explained = new Map<string, Explained>();
  if (differing.size === 0) return explained;
  const open = new Set(differing);
  for (const rid of differing) {
    if (snapshot.isGone(rid)) explained.set(rid, { record: rid, why: 'erased', seq: null, at: null });
  }
  const point = snapshot.asOf();
  for await (const event of later()) {
    const { rid, seq, at, type } = event;
    if (!open.has(rid)) continue;
    if (explained.get(rid)?.why === 'erased') {
      if (type === 'erased') explained.set(rid, { record: rid, why: 'erased', seq, at });
      continue;
    }
    if (at > until) continue;
    snapshot.apply([event], point);
    const items = asked.items.flatMap((item, index) =>
      hasRecord(asked.registry[index], rid) || hasRecord(found[index], rid) ? [{ item, index }] : [],
    );
    const now = await registryEvidence(
      snapshot,
      items.map(({ item }) => item),
      asked,
    );
    const isExplained = items.every(
      ({ index }, place) => !differingRecords(asked.registry[index] ?? [], now[place] ?? []).includes(rid),
    );
    if (!isExplained) continue;
    explained.set(rid, { record: rid, why: 'pending', seq, at });
    open.delete(rid);
  }
  return explained;
}

const hasRecord = (evidence: readonly Evidence[] | undefined, rid: string): boolean =>
  evidence?.some(({ record }) => record === rid) ?? false;

/** Decides an item again, taking from the receipt what is explained, and holds the answer to the receipt's. */
function judge(
  asked: AskedAgain,
  at: number,
  found: readonly Evidence[],
  explained: ReadonlyMap<string, Explained>,
): RerunItem {
  const registry = asked.registry[at] ?? [];
  const own = differingRecords(registry, found).flatMap((rid) => explained.get(rid) ?? []);
  const isExplained = ({ record }: Evidence) => own.some((each) => each.record === record);
  const evidence = [
    ...found.filter((said) => !isExplained(said)),
    ...registry.filter(isExplained),
    ...(asked.others[at] ?? []),
  ];
  const answered = asked.answers[at] as DecisionView;
  const again = decide(evidence, {
    usage: asked.usage,
    agent: agentOf(asked.agent, answered),
    policy: shippedPolicy,
    crawl: answered.crawl as DecisionPart['crawl'],
    notChecked: answered.notChecked.map(({ source, why }) => ({ source, why })),
  });
  const differences = comparedParts.flatMap((part): Difference[] => {
    const [before, now] = [answered[part] ?? null, again[part] ?? null];
    return canonicalText(before) === canonicalText(now) ? [] : [{ part, receipt: before, rerun: now }];
  });
  const outcome = differences.length > 0 ? 'differs' : own.length > 0 ? 'explained' : 'same';
  return { outcome, verdict: again.verdict, explained: own, differences };
}

/** Who asked, as it was understood then: crawlers change hands. */
function agentOf(given: string | null, { agent }: DecisionView): ResolvedAgent | null {
  if (given === null || agent === null) return null;
  return { ...resolveAgent(given), ...(agent as Pick<ResolvedAgent, 'token' | 'operator' | 'purpose'>) };
}
