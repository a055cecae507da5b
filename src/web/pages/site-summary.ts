import type { SiteView } from '../../http/site.ts';
import { en } from '../texts/en.ts';

const text = en.siteCheck.result;

/** Who may fetch the page, and what is said about training: the two sentences a report begins with. */
export function siteSummary({ summary, unnamed }: SiteView): [fetch: string, training: string] {
  if (unnamed.crawl?.reason === 'unreachable') return [text.fetchUnreachable, text.trainingUnreachable];
  const isKnown = summary.mayFetch + summary.mayNotFetch > 0;
  return [
    isKnown ? text.fetch(summary.mayFetch, summary.mayNotFetch) : text.fetchUnknown,
    text.training(summary.trainingRefused, summary.trainingAllowed, summary.trainingUnsaid),
  ];
}
