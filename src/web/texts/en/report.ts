/** The report of a filtered dataset. */
export const report = {
  title: 'What the filter did',
  lead: '{file}, {rows} rows, asked {agent}, {usage}. Finished {at}.',
  forAgent: 'for {agent}',
  forNobody: 'for no crawler in particular',

  missing: {
    heading: 'What was not checked',
    lead: 'For {rows} of {all} rows at least one signal was not read. Silence there is not a permission.',
    none: 'Every signal this version reads was read for every row.',
    caption: 'Rows by signal that was not read',
    signal: 'Signal',
    why: {
      unreachable: 'the site did not answer',
      'not-fetched-yet': 'not read yet',
      'disallowed-by-robots': 'robots.txt keeps the registry from reading it',
      'too-large': 'longer than is read',
    },
    sources: {
      registry: 'This registry',
      response: 'The file and its response',
      tdmrep: 'tdmrep.json',
      rsl: 'RSL',
    },
  },

  acts: {
    heading: 'What became of the rows',
    caption: 'Rows by what to do with them',
    act: 'What to do',
    kept: 'Kept: nothing was found that forbids them',
    dropped: 'Dropped: the registry or the site says no',
    review: {
      keep: 'For a person to review, kept until then',
      drop: 'For a person to review, dropped until then',
    },
    bad: 'Broken: could not be read as a row',
    nothing: 'Of the rows kept, {rows} had nothing to check.',
  },

  verdicts: {
    caption: 'Rows by verdict',
    verdict: 'Verdict',
    words: { disallow: 'Refused', allow: 'Allowed', unknown: 'Nothing said', bad: 'Broken row' },
    note: 'A row can be dropped although nothing was said of its use: when the site lets this crawler fetch nothing there.',
  },

  reasons: {
    heading: 'Why rows were dropped',
    caption: 'Rows dropped, by what decided',
    review: 'Rows to review, by what is in doubt',
    reason: 'Reason',
    words: {
      'registry, address': 'The registry covers the address',
      'registry, same file': 'The registry holds the same file',
      'registry, same picture': 'The registry holds the same picture',
      'robots.txt': 'robots.txt refuses this crawler, which only trains',
      'crawl refused': 'The site lets this crawler fetch nothing there',
      'site unreachable': 'The site does not answer, so nothing may be fetched there for now',
    },
    doubts: {
      'registry, address': 'Somebody names the address without proof',
      'registry, similar picture': 'The registry holds a similar picture',
      'robots.txt not checked': 'A robots.txt could not be read',
    },
    none: 'No row was dropped.',
  },

  trust: {
    caption: 'Rows dropped, by how well the claim is proven',
    trust: 'Proof',
    words: {
      email: 'A confirmed email address',
      profile: 'A proven profile',
      domain: 'A proven domain',
      identity: 'An identity a moderator has checked',
      none: 'Refused by the site itself',
    },
  },

  broken: {
    heading: 'Broken rows',
    caption: (shown: number) => (shown === 1 ? 'The broken row' : `The first ${shown} broken rows`),
    line: 'Line',
    why: 'What is wrong',
    sentence: 'The row {why}.',
  },

  rows: 'Rows',
  share: 'Share',
  total: 'All rows',

  fine: {
    heading: 'About this run',
    input: 'Read from',
    out: 'Decisions in',
    server: 'Asked of',
    policy: 'Policy',
    whatPolicy: 'the digest of the policy',
    asOf: 'State of the log',
    asOfLine: (origin: string, size: number) =>
      `${origin}, ${size.toLocaleString('en-GB')} ${size === 1 ? 'entry' : 'entries'}`,
  },
};
