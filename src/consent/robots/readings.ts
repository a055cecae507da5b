import type { ParsedRobots, RobotsAgent, RobotsGroup } from './file.ts';
import { strictToken } from './line.ts';

/** One group that applies to an agent, and the line that says so. */
export interface Governing {
  agent: RobotsAgent;
  group: RobotsGroup;
}

/** The groups of a file by the names in them, each once, in the order of the file. */
type Names = Map<string, Governing[]>;

interface Index {
  /** By product token as a strict parser reads it. */
  strict?: Names;
  /** By the name as it stands, without a version; made, as the others, when it is first needed. */
  written?: Names;
  /** By product token, of the values that hold no digits or dots. */
  letters?: Names;
}

// Files are asked about far more often than they are read, and some name thousands of agents.
const indexes = new WeakMap<ParsedRobots, Index>();

/**
 * The groups that apply to an agent, once per reading of its name. All groups that name it count together
 * (§2.2.1); only if none does, those for `*`. A group without rules is still the group (§5.1).
 *
 * @param parsed must not change afterwards: its names are looked up in an index made once.
 */
export function readings(parsed: ParsedRobots, agent: string): readonly (readonly Governing[])[] {
  const name = agent.trim();
  const token = strictToken(name);
  const everybody = () => strictly(parsed, '*');
  if (name === '' || token === '*') return [everybody()];
  if (token.length === name.length) return [orElse(strictly(parsed, token), everybody)];
  const index = indexOf(parsed);
  index.written ??= namesOf(parsed, ({ value }) => productName(value));
  const asWritten = index.written.get(productName(name)) ?? [];
  if (token === '') return [orElse(asWritten, everybody)];
  // Another name that merely happens to be cut to the same letters (crawler2 for crawler3) is not this agent.
  index.letters ??= namesOf(parsed, ({ value, token: cut }) => (/[\d.]/.test(value) ? '' : cut));
  const asCut = together(asWritten, index.letters.get(token) ?? []);
  return [orElse(asWritten, everybody), orElse(asCut, everybody)];
}

/** Looking through so few names takes less time than remembering where they stand. */
const fewNames = 16;

/** The groups with this product token, as a strict parser reads it. */
function strictly(parsed: ParsedRobots, token: string): readonly Governing[] {
  if (!hasFewNames(parsed)) {
    const index = indexOf(parsed);
    index.strict ??= namesOf(parsed, (agent) => agent.token);
    return index.strict.get(token) ?? [];
  }
  const governing: Governing[] = [];
  for (const group of parsed.groups) {
    const agent = group.agents.find((one) => one.token === token);
    if (agent !== undefined) governing.push({ agent, group });
  }
  return governing;
}

function hasFewNames({ groups }: ParsedRobots): boolean {
  if (groups.length > fewNames) return false;
  let names = 0;
  for (const { agents } of groups) names += agents.length;
  return names <= fewNames;
}

function indexOf(parsed: ParsedRobots): Index {
  const known = indexes.get(parsed);
  if (known !== undefined) return known;
  const index = {};
  indexes.set(parsed, index);
  return index;
}

function namesOf(parsed: ParsedRobots, nameOf: (agent: RobotsAgent) => string): Names {
  const names: Names = new Map();
  for (const group of parsed.groups) {
    for (const agent of group.agents) {
      const name = nameOf(agent);
      if (name === '') continue;
      const governing = names.get(name);
      if (governing === undefined) names.set(name, [{ agent, group }]);
      else if (governing.at(-1)?.group !== group) governing.push({ agent, group });
    }
  }
  return names;
}

function orElse(named: readonly Governing[], others: () => readonly Governing[]): readonly Governing[] {
  return named.length > 0 ? named : others();
}

/** Both lists in the order of the file, each group once, by its first line that names the agent. */
function together(some: readonly Governing[], others: readonly Governing[]): readonly Governing[] {
  if (others.length === 0) return some;
  if (some.length === 0) return others;
  const groups = new Map<RobotsGroup, Governing>();
  for (const governing of [...some, ...others].sort((a, b) => a.agent.line - b.agent.line)) {
    if (!groups.has(governing.group)) groups.set(governing.group, governing);
  }
  return [...groups.values()];
}

/** A version behind a slash is no part of the name: `Foo2/1.0` and `Foo2` are one crawler. */
function productName(value: string): string {
  const slash = value.indexOf('/');
  return (slash < 0 ? value : value.slice(0, slash)).trim().toLowerCase();
}
