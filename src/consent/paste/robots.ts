import { contentSignalKeys, contentSignalUsages } from '../content-signal.ts';
import { type Crawler, crawlers } from '../crawlers.ts';
import { policyTokens } from '../policy-tokens.ts';
import { strictToken } from '../robots/line.ts';
import { parseRobots } from '../robots/parse.ts';
import type { PasteUsage } from './usages.ts';

/** Names of a file's own groups that are repeated; more are left out, and the owner is told. */
export const pasteAgentsMax = 500;

export interface RobotsPaste {
  /** What to add at the end of robots.txt, on a line of its own. Empty when nothing was asked. */
  text: string;
  /** Usages that some operator is refused beyond what was asked: its control token speaks about both. */
  beyond: { token: string; operator: string | null; usages: PasteUsage[] }[];
  /** Names in the file that this text could not repeat. */
  notRepeated: number;
}

/**
 * What to add at the end of a robots.txt to refuse these usages. Crawlers that only train, and tokens that govern
 * nothing else, are refused by name; everybody is told by Content-Usage and Content-Signal. A named group inherits
 * nothing from `*` (RFC 9309 §2.2.1), so the names of the file are repeated. No other agent loses or gains a path:
 * an empty Disallow closes a group and matches nothing, and says the same when the group is merged with another.
 *
 * @param existing the file as it is.
 */
export function robotsTxtToPaste(usages: readonly PasteUsage[], existing = ''): RobotsPaste {
  if (usages.length === 0) return { text: '', beyond: [], notRepeated: 0 };
  const signals = signalLines(usages);
  const refused = crawlers.filter((crawler) =>
    refusedUsages(crawler).some((usage) => usages.includes(usage)),
  );
  const policies = policyTokens.filter((policy) => policy.usages.every((usage) => isAsked(usage, usages)));
  const names = refused.map(({ token }) => token);
  const others = namesIn(existing, [...names, ...policies.map(({ token }) => token)]);
  const kept = others.slice(0, pasteAgentsMax);
  const blocks = [
    ...(isOpen(existing) ? ['Disallow:'] : []),
    ...(names.length === 0 ? [] : [block(names, [...signals, 'Disallow: /'])]),
    ...(policies.length === 0
      ? []
      : [
          block(
            policies.map(({ token }) => token),
            ['Disallow: /'],
          ),
        ]),
    block(['*', ...kept], [...signals, 'Disallow:']),
  ];
  const beyond = refused.map((crawler) => ({
    token: crawler.token,
    operator: crawler.operator,
    usages: refusedUsages(crawler).filter((usage) => !usages.includes(usage)),
  }));
  return {
    text: `${blocks.join('\n\n')}\n`,
    beyond: beyond.filter((extra) => extra.usages.length > 0),
    notRepeated: others.length - kept.length,
  };
}

/** Refusing these names is refusing these usages; a name for search or for people's own questions is left alone. */
function refusedUsages(crawler: Crawler): readonly PasteUsage[] {
  if (crawler.purpose === 'training') return ['train-ai'];
  return crawler.controls.filter((usage) => usage !== 'style-imitation');
}

function isAsked(usage: string, usages: readonly PasteUsage[]): boolean {
  return usages.some((asked) => asked === usage);
}

function signalLines(usages: readonly PasteUsage[]): string[] {
  const keys = contentSignalKeys.filter((key) => usages.includes(contentSignalUsages[key]));
  return [
    `Content-Usage: ${usages.map((usage) => `${usage}=n`).join(', ')}`,
    `Content-Signal: ${keys.map((key) => `${key}=no`).join(', ')}`,
  ];
}

function block(agents: readonly string[], lines: readonly string[]): string {
  return [...agents.map((agent) => `User-agent: ${agent}`), ...lines].join('\n');
}

/** The names the file speaks to, without those that are written already. */
function namesIn(existing: string, written: readonly string[]): string[] {
  const seen = new Set(written.map((name) => name.toLowerCase()));
  const names: string[] = [];
  for (const { value, token } of parseRobots(existing).groups.flatMap(({ agents }) => agents)) {
    const key = value.toLowerCase();
    // A comment sign cannot stand in a value, and an empty name or a star is nobody's.
    if (value === '' || token === '*' || strictToken(value) === '*' || seen.has(key)) continue;
    seen.add(key);
    names.push(value);
  }
  return names;
}

/** A last group without rules would take in the next User-agent line. */
function isOpen(existing: string): boolean {
  return parseRobots(existing).groups.at(-1)?.rules.length === 0;
}
