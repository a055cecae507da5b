import { tokenOf } from '../test/consent/hostile-robots.ts';

/** One ordinary robots.txt, and what it is asked about. */
export interface Sample {
  name: string;
  text: string;
  agent: string;
  url: string;
}

const agentsOfMiddle = 50;
const rulesEach = 20;
const rulesForAll = 8_000;
const namedGroups = 30;
const rulesNamed = 109;

/** The three sizes at which parsers are compared: a plain site, a large one, and as much as a crawler has to read. */
export function samples(): Sample[] {
  return [tiny(), middle(), large()].map((sample) => ({ ...sample, text: received(sample.text) }));
}

/** As a body comes out of a decoder: one flat string, not the pieces it was put together from. */
function received(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

function tiny(): Sample {
  const lines = ['User-agent: *', 'Disallow: /admin/', 'Disallow: /tmp/', 'Allow: /tmp/open/', '', sitemap];
  return { name: 'tiny', text: `${lines.join('\n')}\n`, agent: 'GPTBot', url: `${site}/tmp/open/cat.jpg` };
}

const site = 'https://example.com';
const sitemap = `Sitemap: ${site}/sitemap.xml`;

/** 1,000 rules for 50 agents; one in seven begins with a star, one in eleven ends in an extension. */
function middle(): Sample {
  const lines: string[] = [];
  for (let agent = 0; agent < agentsOfMiddle; agent++) {
    lines.push(`User-agent: ${agent === agentsOfMiddle - 1 ? '*' : `bot-${tokenOf(agent)}`}`);
    for (let rule = 0; rule < rulesEach; rule++) {
      const path = `/section-${agent}/${rule % 7 === 0 ? '*/' : ''}page-${rule}-and-its-name/`;
      lines.push(`${rule % 5 === 0 ? 'Allow' : 'Disallow'}: ${path}${rule % 11 === 0 ? '*.pdf$' : ''}`);
    }
    lines.push('');
  }
  const text = `${lines.join('\n')}\n${sitemap}\n`;
  return {
    name: '46 KB, 1,000 rules, 50 agents',
    text,
    agent: 'GPTBot',
    url: `${site}/section-49/deep/page-14-and-its-name/x`,
  };
}

/** 11,500 lines: thousands for everybody, about a hundred for each of thirty names. */
function large(): Sample {
  const lines = ['# everything this site has ever closed', 'User-agent: *'];
  for (let rule = 0; rule < rulesForAll; rule++) {
    lines.push(`Disallow: /catalogue/item-${rule}/some-path/of-it/${rule % 10 === 0 ? '*?' : ''}`);
  }
  for (let agent = 0; agent < namedGroups; agent++) {
    lines.push('', `User-agent: bot-${tokenOf(agent)}`);
    for (let rule = 0; rule < rulesNamed; rule++)
      lines.push(`Disallow: /other-${agent}/directory-${rule}/more/`);
  }
  return {
    name: '512 KB, 11,500 lines',
    text: `${lines.join('\n')}\n`,
    agent: 'GPTBot',
    url: `${site}/catalogue/item-7999/x`,
  };
}
