import type { Octets } from './octets.ts';

/** RFC 9309 §2.5: at least 500 KiB must be parsed; we parse exactly that and never a cut-off last line. */
export const robotsBytesMax = 500 * 1024;
/** Longer lines are read up to here, as google/robotstxt does. */
export const robotsLineOctetsMax = 16_663;
/** No honest file comes near these; above them nothing is answered but a refusal (`ParsedRobots.overflow`). */
export const robotsRulesMax = 50_000;
export const robotsAgentsMax = 30_000;
export const robotsExtensionsMax = 30_000;
/** Only the first ones are kept: they are for the owner of the file. */
export const robotsDiagnosticsMax = 100;

/** How much of one file is read and kept. `Infinity` takes a cap off; reading stays linear in bytes without them. */
export interface RobotsCaps {
  bytesMax: number;
  lineOctetsMax: number;
  rulesMax: number;
  agentsMax: number;
  /** Lines of others and sitemaps together. */
  extensionsMax: number;
  diagnosticsMax: number;
}

export const robotsCaps: Readonly<RobotsCaps> = {
  bytesMax: robotsBytesMax,
  lineOctetsMax: robotsLineOctetsMax,
  rulesMax: robotsRulesMax,
  agentsMax: robotsAgentsMax,
  extensionsMax: robotsExtensionsMax,
  diagnosticsMax: robotsDiagnosticsMax,
};

/** Counted while a file is read, so that a test can hold the work bounded without a clock. */
export interface ParseWork {
  /** Characters looked at, once for each time. */
  characters: number;
  /** Agents, rules, extensions, sitemaps and diagnostics kept. */
  kept: number;
}

export interface RobotsAgent {
  /** As it stands in the file. */
  value: string;
  /** Lower-case product token a strict parser reads (§2.2.1: letters, "_", "-"), `*`, or empty. */
  token: string;
  line: number;
}

export interface RobotsRule {
  kind: 'allow' | 'disallow';
  /** Normalised pattern (see robots-octets.ts); empty matches nothing. */
  path: Octets;
  /** Octets that count for "longest match". */
  length: number;
  /** The line as it stands, without its comment. */
  raw: string;
  line: number;
}

/** A line RFC 9309 leaves to others (§2.2.4): Content-Usage, Crawl-delay, … */
export interface RobotsExtension {
  /** Lower case. */
  key: string;
  value: string;
  line: number;
}

export interface RobotsGroup {
  agents: RobotsAgent[];
  rules: RobotsRule[];
  extensions: RobotsExtension[];
}

/** A slip in the file, told to its owner. */
export interface RobotsDiagnostic {
  line: number;
  /** What stands there and how it is read: no capital, no full stop. */
  message: string;
  /** What to write instead, where that is clear. */
  fix?: string;
}

/** Plain data: can be cached as JSON. Rules are held once per group, whatever the number of its agents. */
export interface ParsedRobots {
  groups: RobotsGroup[];
  /** Lines that stand before any group. */
  extensions: RobotsExtension[];
  sitemaps: { value: string; line: number }[];
  diagnostics: RobotsDiagnostic[];
  /** True when the file is longer than `RobotsCaps.bytesMax`. */
  truncated: boolean;
  /** True when a cap on agents, rules or extensions was passed; every question is then answered with a refusal. */
  overflow: boolean;
}
