import { agents, questions, type SiteAnswer } from './answers.ts';
import { channels, type Site } from './sites.ts';

const marks: Readonly<Record<string, string>> = { allow: '+', disallow: '−', possible: '?', unknown: '·' };

/** The part of docs/signals.md between its marks: one table per channel, one row per site, one column per agent. */
export function tableOf(answers: ReadonlyMap<Site, ReadonlyMap<string, SiteAnswer>>): string {
  return channels
    .map((channel) => {
      const rows = [...answers]
        .filter(([site]) => site.channel === channel)
        .map(([site, by]) => row(site, by));
      const head = `| site says | ${agents.join(' | ')} | what is told besides |\n|---|${'---|'.repeat(agents.length)}---|`;
      return `### ${channel}\n\n${head}\n${rows.join('\n')}`;
    })
    .join('\n\n');
}

function row(site: Site, answers: ReadonlyMap<string, SiteAnswer>): string {
  const cells = agents.map((agent) => {
    const { verdicts } = answers.get(agent) as SiteAnswer;
    return `\`${questions.map((question) => marks[verdicts[question]] ?? verdicts[question]).join('')}\``;
  });
  const told = new Set([...answers.values()].flatMap(({ warnings }) => warnings.filter(isAboutSite)));
  return `| ${inCell(site.says)} | ${cells.join(' | ')} | ${[...told].slice(0, 2).map(escaped).join('; ')} |`;
}

/** That a control token fetches nothing is said to each who asks as one, whatever the site says. */
const isAboutSite = (warning: string) => !warning.includes('sends no requests');

/** Lines become lines within the cell, and a site without words is named. */
function inCell(says: string): string {
  const lines = says.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return '(an empty file)';
  return lines.map((line) => `\`${escaped(line).replace('\uFEFF', '(BOM)')}\``).join('<br>');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
