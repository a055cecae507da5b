import { number } from '../cli/filter/summary.ts';
import { printable } from '../cli/io.ts';
import type { DecisionView } from '../http/schemas.ts';
import { en } from '../web/texts/en.ts';
import type { AddressLook, PictureFile } from './looks.ts';
import type { Story } from './story.ts';

const textCharsMax = 100;

/** The story for a person, with its figures and links, fit for a terminal. */
export function storyWords(story: Story): string {
  const chapters: [title: string, lines: string[]][] = [
    ['1. A creator opts out', creator(story)],
    ['2. A copy is recognised', picture(story)],
    ['3. An address is covered', address(story)],
    ['4. A site refuses one crawler', robots(story)],
    ['5. A dataset is filtered', dataset(story)],
    ['Look for yourself', links(story)],
  ];
  const blocks = chapters.map(([title, lines]) => [title, ...lines.map((line) => `  ${line}`.trimEnd())]);
  return `${[opening(story), ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function opening({ creators, figures, filter, tookMs }: Story): string[] {
  const { work, domain, prefix, url } = figures.inForce;
  const inForce = list([
    some(work, 'picture', 'pictures'),
    some(domain, 'domain', 'domains'),
    some(prefix, 'folder', 'folders'),
    some(url, 'address', 'addresses'),
  ]);
  return [
    ...prose(
      `A registry of ${number(creators)} made-up creators, filled and asked in ${duration(tookMs)}.`,
      `Nothing leaves this machine: one small web server here plays the`,
      `${number(filter.sites - filter.silent)} sites that answer, and letters stay in memory.`,
    ),
    ...prose(
      `In force: ${inForce}. Possible, for a person to look at: ${number(sum(figures.possible))}.`,
      `Waiting for proof: ${number(figures.waiting)}.`,
    ),
  ];
}

function creator({ ada }: Story): string[] {
  const { member, works, records, tookMs } = ada;
  const decides = records.filter(({ effect }) => effect === 'decides').length;
  const addresses = member.addresses.map(({ value }) => value);
  const possible = addresses.filter((address) =>
    records.some(({ effect, label }) => effect === 'possible' && label === address),
  );
  return [
    ...prose(
      `${member.name} names ${list([
        some(works.length, 'picture', 'pictures'),
        ...member.addresses.map(({ kind, value }) => `the ${kind} ${value}`),
      ])}, follows the link in the letter,`,
      `and publishes the TXT record that proves ${list(member.proves)}.`,
    ),
    ...prose(
      `${number(decides)} of ${some(records.length, 'record', 'records')} are in force,`,
      `and crawlers that ask are told, ${duration(tookMs)} after the form was sent.`,
    ),
    ...prose(
      possible.length === 1
        ? `1 is shown as possible, because nothing proves it yet: ${list(possible)}.`
        : `${number(possible.length)} are shown as possible, because nothing proves them yet: ${list(possible)}.`,
    ),
  ];
}

function picture({ picture: { label, original, copying, copy, found, unknown } }: Story): string[] {
  const { match } = found;
  return [
    ...prose(`${label} (${sizeOf(original)}) comes back at ${copying} (${sizeOf(copy)}).`),
    ...prose(
      `Asked by its PDQ hash alone: ${match?.kind}, ${match?.distance} of 256 bits differ.`,
      answer(found),
    ),
    ...prose(
      'A picture of the same kind that is not registered:',
      `${unknown.match?.kind ?? 'no match'}. ${answer(unknown)} That is not a permission.`,
    ),
  ];
}

function address({ domain }: Story): string[] {
  const [reason] = domain.decision.reasons;
  return [
    `${domain.url} for ${domain.agent}`,
    answer(domain.decision),
    `Because: ${reason?.source}, "${reason?.quote}"`,
    `Proven by: ${reason?.trust}`,
  ].map(printable);
}

function robots({ robots: { refused, allowed } }: Story): string[] {
  const { crawl } = refused.decision;
  return [
    refused.url,
    `${refused.agent} ${mayFetch(refused)} fetch it. ${answer(refused.decision)}`,
    `Because: ${crawl.where}: ${crawl.quote}`,
    `${allowed.agent} ${mayFetch(allowed)} fetch it. ${answer(allowed.decision)}`,
  ].map(printable);
}

function mayFetch({ decision: { crawl } }: AddressLook): string {
  return crawl.verdict === 'allow' ? 'may' : 'may not';
}

const { words: refusals, doubts } = en.report.reasons;

function dataset({ filter }: Story): string[] {
  const { summary, agent, sites, silent, tookMs } = filter;
  const { kept, dropped, review, bad, nothingToCheck, byReason, byReviewReason, byTrust } = summary;
  const because = (counts: Record<string, number>, reasonWords: Record<string, string>) =>
    mostFirst(counts).map(([kind, count]) => `${number(count).padStart(15)}  ${reasonWords[kind] ?? kind}`);
  const rows = (count: number, what: string) => `${number(count).padStart(7)}  ${what}`;
  return [
    ...prose(
      `${some(summary.rows, 'row', 'rows')} asked for ${agent} and ${summary.usage} in ${duration(tookMs)},`,
      `after the robots.txt of ${number(sites)} sites was asked for; ${number(silent)} did not answer.`,
    ),
    ...mostFirst(summary.notChecked).flatMap(([missed, count]) =>
      prose(`Not checked in ${some(count, 'row', 'rows')}: ${missed}.`),
    ),
    rows(kept, `kept, ${number(nothingToCheck)} of them with nothing to check`),
    rows(dropped, 'dropped'),
    ...because(byReason, refusals),
    rows(review, 'to review'),
    ...because(byReviewReason, doubts),
    rows(bad, 'broken'),
    `Of those dropped: ${list(mostFirst(byTrust).map(provenBy))}.`,
    `Dataset    ${filter.dataset}`,
    `Decisions  ${filter.decisions}`,
  ];
}

function provenBy([trust, count]: [string, number]): string {
  return trust === 'none'
    ? `${number(count)} refused by the site itself`
    : `${number(count)} by records with proof of ${trust}`;
}

function links({ links: { creator: mine, check, report, letters } }: Story): string[] {
  return [
    `Ada's page, once       ${mine}`,
    `A check with reasons   ${check}`,
    `The filter's report    ${report}`,
    `The letters            ${letters}`,
  ];
}

/** Sentences as lines of a terminal's width; what others wrote is made harmless. */
function prose(...sentences: string[]): string[] {
  const lines: string[] = [];
  for (const word of printable(sentences.join(' ')).split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > textCharsMax) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

function answer({ verdict, act, usage }: DecisionView): string {
  return `Verdict: ${verdict} for ${usage}; act: ${act}.`;
}

function sizeOf({ width, height, bytes }: PictureFile): string {
  return `${width} × ${height}, ${number(bytes)} bytes`;
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.ceil(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function some(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

const joined = new Intl.ListFormat('en-GB', { type: 'conjunction' });

function list(words: readonly string[]): string {
  return joined.format(words);
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function mostFirst(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}
