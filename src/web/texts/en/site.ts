/** The frame of every page, and the words all forms share. */
export const site = {
  name: 'Withhold',
  language: 'en',
  titled: (page: string) => `${page} - Withhold`,
  titledError: (page: string) => `Error: ${page} - Withhold`,
  skip: 'Skip to content',
  navigation: 'Main',
  nav: {
    optOut: 'Opt out',
    check: 'Check',
    mine: 'My opt-outs',
    crawlers: 'For crawlers',
    transparency: 'Transparency',
  },
  footer: 'About this registry',
  runBy: 'Run by {operator}',
  imprint: 'Imprint',
  privacy: 'Privacy',
  terms: 'Terms',
  siteCheck: 'Site check',
  bot: 'WithholdBot',
  docs: 'API documentation',
  outbox: 'Outbox',
  development: 'This is a development installation. Letters are not sent; they lie in the {outbox}.',
};

export const forms = {
  problem: 'There is a problem',
  error: 'Error:',
  optional: '(optional)',
  copy: 'Copy',
  copyWhat: (what: string) => `Copy ${what}`,
};
