import type { CheckItem, DecisionView } from '../http/schemas.ts';
import { printable } from './io.ts';

type Reason = DecisionView['reasons'][number];

/** One decision for a person: what was asked, then what holds and why, each on its own line. */
export function decisionWords(item: CheckItem, decision: DecisionView): string {
  const lines: [label: string, words: string][] = [
    ['verdict', `${decision.verdict}, ${decision.usage}${agentWords(decision)}`],
    ['act', decision.act],
    ['crawl', crawlWords(decision)],
    ...decision.reasons.flatMap(reasonLines),
    ...decision.warnings.map((warning): [string, string] => ['warning', warning]),
    ...decision.notChecked.map((missing): [string, string] => [
      'not checked',
      `${missing.source}: ${missing.why}${missing.retryAfter === undefined ? '' : `, ask again in ${missing.retryAfter} s`}`,
    ]),
  ];
  if (decision.contested) lines.push(['contested', 'somebody disputes the record; a moderator will rule']);
  const asked = item.url ?? item.page_url ?? item.sha256 ?? item.md5 ?? item.pdq ?? '';
  return [asked, ...lines.map(([label, words]) => `  ${label.padEnd(11)}  ${words}`)]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

function agentWords({ agent }: DecisionView): string {
  if (agent === null) return '';
  const name = agent.token ?? 'an agent we do not know';
  return agent.operator === null ? `, asked by ${name}` : `, asked by ${name} of ${agent.operator}`;
}

function crawlWords({ crawl }: DecisionView): string {
  const where = crawl.where === undefined ? '' : `, ${crawl.where}`;
  return `${crawl.verdict}: ${crawl.reason}${where}${quoted(crawl.quote)}`;
}

function reasonLines(reason: Reason): [string, string][] {
  const facts = [
    reason.trust && `proven by ${reason.trust}`,
    reason.match && `${reason.match.kind}, ${reason.match.distance} bits apart`,
    reason.since && `since ${reason.since}`,
    reason.effect !== 'decides' && reason.effect,
  ].filter(Boolean);
  const lines: [string, string][] = [
    [
      'because',
      `${reason.source} says ${reason.preference} for ${reason.usage}, ${reason.where}${quoted(reason.quote)}`,
    ],
  ];
  if (facts.length > 0) lines.push(['', facts.join(', ')]);
  if (reason.licence !== undefined) lines.push(['licence', reason.licence]);
  if (reason.contact !== undefined) lines.push(['contact', reason.contact]);
  return lines;
}

function quoted(quote: string | undefined): string {
  return quote === undefined || quote === '' ? '' : `: "${quote}"`;
}
