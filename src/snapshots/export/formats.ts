import { hostsFormat, urlsFormat, wordsFormat } from './datatrove.ts';
import { heritrixFormat } from './heritrix.ts';
import { nutchFormat } from './nutch.ts';
import { robotsFormat } from './robots.ts';
import type { RuleFormat } from './rule.ts';
import { stormcrawlerFormat } from './stormcrawler.ts';

export const ruleFormatNames = [
  'hosts',
  'urls',
  'words',
  'nutch',
  'stormcrawler',
  'heritrix',
  'robots',
] as const;
export type RuleFormatName = (typeof ruleFormatNames)[number];

/** The tools that can be told what may not be taken, by the name of their file's format. */
export const ruleFormats: Readonly<Record<RuleFormatName, RuleFormat>> = {
  hosts: hostsFormat,
  urls: urlsFormat,
  words: wordsFormat,
  nutch: nutchFormat,
  stormcrawler: stormcrawlerFormat,
  heritrix: heritrixFormat,
  robots: robotsFormat,
};
