/** The pages that explain: the crawler, how to ask, what is counted. */
export const reading = {
  bot: {
    title: 'WithholdBot',
    lead: 'WithholdBot is the crawler of this registry. It reads what sites say about the use of their content by machines, so that answers can quote it.',
    identity: 'How to know it',
    userAgent: 'User-Agent',
    token: 'Name in robots.txt',
    whatUserAgent: 'the User-Agent',
    fetches: {
      heading: 'What it fetches',
      items: [
        '`/robots.txt` of a site somebody asks about, and where that allows it `/.well-known/tdmrep.json`, `/ai.txt`, `/trust.txt` and `/.well-known/trust.txt`. Each is kept for at most 24 hours and asked for once in that time; sooner only where your Cache-Control says so, or where the server did not answer.',
        'Up to three RSL documents that `License` lines of that robots.txt name.',
        'One page, once, when somebody asks for a {site} of it and robots.txt allows it: for its headers, its meta elements and the licences it names. At most 500 KiB are read, and the page is not kept.',
        '`/.well-known/withhold-…` of a site somebody says is theirs, when they ask us to look, and every 90 days after that.',
      ],
      not: 'It fetches no pictures, follows no links to other pages and builds no dataset.',
    },
    rules: {
      heading: 'What it keeps to',
      items: [
        'It obeys robots.txt for everything but robots.txt itself.',
        'It asks one host of a site at a time: first for robots.txt, then for the few other files together. It follows at most five redirects and reads at most 500 KiB.',
        'It does not connect to private or local addresses.',
      ],
    },
    stop: {
      heading: 'How to stop it',
      body: 'Put these lines in your robots.txt. They take effect within 24 hours. robots.txt itself is still read: it is where you tell us.',
    },
    site: 'site check',
    contact: 'It is run by {operator}. How to reach them is on the {imprint}.',
    imprint: 'imprint',
  },

  crawlers: {
    title: 'For crawlers and dataset builders',
    lead: 'Ask before you take. One question gives one decision with its reasons; nothing about your dataset is kept but the number of hits per day.',
    one: {
      heading: 'Ask about one address',
      body: 'No key is needed. `agent` is your crawler’s name or its full User-Agent, `usage` is what you want to do.',
      answer:
        'The answer says in one word what to do: `proceed`, `stop` or `review`. `unknown` is never a permission: it means nobody said anything.',
    },
    many: {
      heading: 'Ask about many',
      body: 'Up to 10,000 items in one request, each with any of `url`, `page_url`, `sha256`, `md5`, `pdq`. Answers come in the order of the items. This needs a key.',
    },
    filter: {
      heading: 'Filter a file',
      body: 'The command reads CSV or JSON Lines, asks in batches and writes one decision per row. It goes on where it stopped.',
      exits: 'It ends with 0 when it is done, 1 when rows could not be read, and 2 when it could not finish.',
    },
    spawning: {
      heading: 'If you use datadiligence',
      body: 'The registry speaks the Spawning protocol. Change the base URL and keep your code.',
    },
    verdicts: {
      heading: 'How to read an answer',
      caption: 'What each verdict means',
      verdict: 'Verdict',
      meaning: 'Meaning',
      rows: [
        ['disallow', 'Somebody entitled to it, or the site itself, said no. Do not take it for this use.'],
        ['allow', 'It was said that this use is permitted, and nothing says otherwise.'],
        ['unknown', 'Nobody said anything about this use. That is not a permission.'],
      ],
      notChecked:
        'What could not be looked up in time stands in `notChecked`, with the seconds after which to ask again. It is not part of the verdict.',
    },
    key: {
      heading: 'Get a key',
      body: 'Keys are given by {operator}. Write to them with the name of your crawler and what you collect. How to reach them is on the {imprint}.',
      imprint: 'imprint',
    },
    site: 'How a site reads to every known crawler, line by line, is shown by the {check}.',
    siteCheck: 'site check',
    more: 'Every route, field and error is in the {docs}.',
    docs: 'API documentation',
  },

  transparency: {
    title: 'Transparency',
    lead: 'What this registry holds, counted {at}.',
    records: {
      caption: 'Records',
      kind: 'Kind',
      inForce: 'In force',
      possible: 'Possible',
      total: 'All kinds',
    },
    rest: {
      heading: 'Not in force',
      waiting: 'Waiting for proof',
      quarantined: 'Held for review',
      suspended: 'Suspended, proof lost',
      withdrawn: 'Withdrawn by their creators',
      contested: 'Contested by somebody else',
    },
    checks: {
      heading: 'Questions',
      body: 'In the last 30 days, {hits} answers rested on a record of this registry.',
      kept: 'A hit is counted per record, consumer, verdict and day. A question that meets no record leaves no trace.',
    },
    reported: {
      heading: 'What became of copies',
      caption: 'As those who build datasets report it, each dataset by its newest report',
      what: 'What became of them',
      datasets: 'Datasets',
      copies: 'Copies',
      removed: 'Removed',
      licensed: 'Kept under a licence',
      disputed: 'Disputed, kept until somebody has looked',
      none: 'Nobody who builds a dataset has reported yet.',
    },
    counting: {
      heading: 'What is counted',
      body: 'A record is one picture, address, folder, domain or artist name of one confirmed opt-out. It is in force when it is proven well enough to decide an answer, and possible when a person has to look.',
    },
    log: {
      heading: 'The consent log',
      body: 'Every change of a record in force is written into a log that only grows and that anybody may verify. It holds {entries} entries: sealed commitments, from which nobody can read what a record says or whose it is. The {checkpoint} is signed with the keys of the {policy}.',
      empty:
        'Every change of a record in force is written into a log that only grows and that anybody may verify. It has no entries yet. Its keys are in the {policy}.',
      checkpoint: 'newest checkpoint',
      policy: 'policy file',
    },
  },
};
