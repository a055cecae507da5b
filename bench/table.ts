import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const page = new URL('../docs/benchmarks.md', import.meta.url);

/** `2 cores, Node v24.21.0, 2026-11-23`. */
export function machine(): string {
  return `${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}

/** A Markdown table; the first column is text, the others are numbers. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_title, at) => (at === 0 ? '---' : '--:'))), ...rows.map(line)];
}

/** Replaces what stands between `<!-- bench:name -->` and its end in docs/benchmarks.md, or adds it at the end. */
export function writeSection(name: string, text: string): void {
  const open = `<!-- bench:${name} -->`;
  const close = `<!-- /bench:${name} -->`;
  const section = `${open}\n${text}\n${close}`;
  const old = existsSync(page) ? readFileSync(page, 'utf8') : '# Benchmarks\n';
  const from = old.indexOf(open);
  const to = old.indexOf(close);
  const written =
    from === -1 || to < from
      ? `${old.trimEnd()}\n\n${section}\n`
      : old.slice(0, from) + section + old.slice(to + close.length);
  writeFileSync(page, written);
}
