/** The page on which the owner of a site sees what it says to AI crawlers. */
export const siteCheck = {
  title: 'Site check',
  lead: 'See what your site says to every AI crawler we know, which line says it, what contradicts itself, and what to paste to say: no AI training.',
  url: {
    label: 'Address of a site or page',
    hint: 'For example {example}. We read its robots.txt, tdmrep.json, ai.txt, trust.txt and licences, and ask for the page once, if robots.txt lets us. Nothing of it is kept but these files, for a day.',
    notOne: 'This is not the address of a site. Enter one like example.org or https://example.org/gallery',
  },
  missing: 'Enter an address, like example.org',
  button: 'Check this site',

  result: {
    title: (url: string) => `Site check of ${url}`,
    heading: 'Result',
    checked: 'Checked {at}. Only what the site says of itself is shown; {registry} is asked on its own page.',
    registry: 'the registry',
    fetch: (may: number, mayNot: number) => {
      if (mayNot === 0) return `All ${group(may)} AI crawlers we know may fetch this page.`;
      if (may === 0) return `None of the ${group(mayNot)} AI crawlers we know may fetch this page.`;
      return `${crawlers(may)} may fetch this page, ${group(mayNot)} may not.`;
    },
    fetchUnknown: 'We could not read robots.txt in time, so it is not known who may fetch this page.',
    fetchUnreachable:
      'The site did not give its robots.txt. Until it does, crawlers have to stay away (RFC 9309).',
    trainingUnreachable: 'What it says about AI training is not known.',
    training: (refused: number, allowed: number, unsaid: number) => {
      const all = refused + allowed + unsaid;
      if (unsaid === all) return 'Nothing is said about AI training. That is not a permission.';
      if (refused === all) return 'All of them are told not to train AI on it.';
      if (allowed === all) return 'All of them are told that AI may be trained on it.';
      const parts = [
        refused > 0 ? `${group(refused)} are told not to train AI on it` : '',
        allowed > 0 ? `${group(allowed)} are told that they may` : '',
        unsaid > 0 ? `to ${group(unsaid)} nothing is said about training` : '',
      ].filter((part) => part !== '');
      const sentence = parts.length < 3 ? parts.join(', ') : `${parts.slice(0, 2).join(', ')}, ${parts[2]}`;
      return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
    },
    again: 'Check another site',
    json: 'The same as JSON',
  },

  jump: {
    label: 'On this page',
    crawlers: 'Crawlers',
    signals: (n: number) => (n === 1 ? '1 signal' : `${group(n)} signals`),
    contradictions: (n: number) => (n === 1 ? '1 contradiction' : `${group(n)} contradictions`),
    mistakes: (n: number) => (n === 1 ? '1 mistake' : `${group(n)} mistakes`),
    differences: (n: number) => (n === 1 ? '1 line read differently' : `${group(n)} lines read differently`),
    paste: 'What to paste',
  },

  matrix: {
    heading: 'Each crawler, and the line that decides',
    lead: 'Crawlers that get the same answer for the same reason share a row. A token that only robots.txt holds fetches nothing itself: it governs what others of its operator may do.',
    caption: (purpose: string) => `${purpose}: what each is told`,
    crawler: 'Crawler',
    crawl: 'Fetch the page',
    usages: { 'train-ai': 'Train AI', 'ai-use': 'AI input', search: 'Search' },
    purposes: {
      training: 'Crawlers that collect for training',
      search: 'Crawlers for AI search',
      'user-triggered': 'Crawlers that fetch when somebody asks',
      'control-token': 'Tokens that only robots.txt holds',
      unknown: 'Crawlers whose operators do not say what for',
    },
    counts: (n: { all: number; fetching: number; mayFetch: number; refused: number }) => {
      const fetch = n.fetching === 0 ? '' : `${ofAll(n.mayFetch, n.fetching)} may fetch the page, `;
      return `${group(n.all)} known: ${fetch}${ofAll(n.refused, n.all)} told not to train`;
    },
    more: (n: number) => `and ${group(n)} more`,
    crawlWords: { allow: 'Yes', disallow: 'No', unknown: 'Not known' },
    words: { allow: 'Allowed', disallow: 'Refused', unknown: 'Nothing said' },
    perhaps: 'Perhaps refused',
    fetchesNothing: 'Fetches nothing',
    noFile: 'There is no robots.txt.',
    unreachable: 'robots.txt cannot be read.',
    noRule: 'No rule covers it.',
    notFetched: 'robots.txt was not read in time.',
    tooComplex: 'robots.txt is too complex.',
  },

  signals: {
    heading: 'Every signal found',
    none: 'The site says nothing in any of the channels we read. That is not a permission.',
    caption: 'What the site says, where, and to whom',
    where: 'Where',
    words: 'Words',
    says: 'Says',
    to: 'To',
    everybody: 'Everybody',
    allow: 'Yes: {usages}',
    disallow: 'No: {usages}',
    possible: 'perhaps; a person has to look',
    usages: {
      'train-ai': 'train AI',
      'ai-use': 'AI input',
      search: 'search',
      'style-imitation': 'imitate style',
    },
    more: (n: number) => `${group(n)} more are in the JSON.`,
  },

  contradictions: {
    heading: 'What contradicts itself',
    none: 'Nothing we can see.',
  },
  mistakes: {
    heading: 'What is not read as it was probably meant',
    none: 'Nothing we can see.',
    more: (n: number) => `${group(n)} more are in the JSON.`,
  },
  mend: 'To mend it',

  differences: {
    heading: 'Where other crawlers read robots.txt differently',
    lead: 'Many crawlers, among them Crawlee and Browsertrix, read robots.txt with a library named robots-parser, which departs from the standard. These are the lines on which they would answer otherwise.',
    none: 'They read your robots.txt as the standard does.',
    noFile: 'There is no robots.txt to read.',
    tooLarge: 'This robots.txt is too large to compare: reading it with that library could take minutes.',
    opens: 'At {url} they let {agents} in, where the standard keeps it out.',
    closes: 'At {url} they keep {agents} out, where the standard lets it in.',
    everybody: 'every crawler that is not named',
  },

  paste: {
    heading: 'To say: no AI training',
    lead: 'Each text says it in one channel. Crawlers read different ones, so use all you can. Each was read back by our own parsers and refuses training to every crawler above.',
    channels: {
      'robots.txt': 'robots.txt',
      'http-headers': 'HTTP response header',
      'tdmrep.json': 'tdmrep.json',
      'ai.txt': 'ai.txt',
      'trust.txt': 'trust.txt',
      'html-meta': 'HTML',
    },
    robotsWhere:
      'At the end of robots.txt, on a line of its own. It repeats the names your file has, because a crawler that is named obeys only its own group.',
    robotsNew: 'As robots.txt at the root of your site.',
    notRepeated: (n: number) =>
      `${group(n)} more names in your file are not repeated; add the two signal lines to their groups.`,
    file: 'As a file at {where}',
    header: 'Sent with every response; one of these, or all',
    head: 'In the head of every page; one of these, or all',
    rsl: {
      name: 'RSL licence',
      document: 'As a file at {where}, served as `application/rsl+xml`',
      point:
        'Then point to it, in one of these ways: above the first User-agent line of robots.txt, in the response header, or in the head of every page',
      what: 'the licence document',
      pointers: [
        'the line of robots.txt that points to the licence',
        'the header that points to the licence',
        'the element that points to the licence',
      ],
    },
    xmp: {
      name: 'Picture files',
      exiftool: 'Written into your pictures with exiftool, which keeps the originals beside them',
      packet: 'Or as XMP, for programs that take it',
      command: 'the command for picture files',
      what: 'the XMP for picture files',
    },
    beyond: 'This channel cannot say less: it also refuses {usages}.',
    beyondToken: '{token} also refuses {usages}.',
    what: (channel: string) => `the text for ${channel}`,
  },

  read: {
    heading: 'What was read',
    states: {
      read: 'Read {at}',
      absent: 'Not there, seen {at}',
      unreachable: 'Could not be reached, tried {at}',
      disallowed: 'Not asked for: robots.txt forbids it',
    },
    status: 'HTTP {status}',
    page: 'The page itself',
    pageStates: {
      read: 'Read {at}',
      unreachable: 'Could not be had',
      disallowed: 'Not asked for',
      elsewhere: 'Leads elsewhere',
      busy: 'Not asked for',
    },
    notRead: 'It was not asked for.',
    cut: 'Only its beginning was read.',
    missing: 'Not read in time; check again in a minute: {sources}.',
    tooComplex: '{source} is too complex to be compared for every crawler; only part of it counts here.',
    sources: { rsl: 'RSL licence', tdmrep: 'tdmrep.json' },
  },
};

function group(value: number): string {
  return value.toLocaleString('en-GB');
}

function ofAll(n: number, all: number): string {
  if (n === all) return 'all';
  return n === 0 ? 'none' : group(n);
}

function crawlers(n: number): string {
  return n === 1 ? '1 AI crawler' : `${group(n)} AI crawlers`;
}
