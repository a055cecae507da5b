/**
 * What the crawler of a replica is, for the owners of the sites it visits.
 * @param registry address of the registry whose replica this is.
 */
export function botText(registry: string): string {
  return `WithholdBot

This is a replica of ${registry}, run by somebody who asks it before they collect works.
It reads what a site says about crawlers and AI: robots.txt, tdmrep.json, ai.txt, trust.txt and RSL licences, and a
page where somebody asks what the site says. It keeps them for a day at most, obeys robots.txt for everything but
robots.txt, and never collects works.

To stop it, in robots.txt:

User-agent: WithholdBot
Disallow: /
`;
}
