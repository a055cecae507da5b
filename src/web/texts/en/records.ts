/** How records, their states and what they say are put into words. */
export const records = {
  kinds: {
    work: 'Picture',
    url: 'Address',
    prefix: 'Folder',
    domain: 'Domain',
    name: 'Artist name',
  },

  usages: {
    'train-ai': {
      name: 'Train AI',
      hint: 'Using it to make or improve an AI model that produces text, pictures, sound or video.',
      disallow: 'not to train AI on it',
      allow: 'that they may train AI on it',
    },
    'ai-use': {
      name: 'Use as input to AI',
      hint: 'Giving it to a finished AI model from outside, for example so that a chatbot can answer from it.',
      disallow: 'not to give it to AI as input',
      allow: 'that they may give it to AI as input',
    },
    search: {
      name: 'Search',
      hint: 'Listing it in search results that lead people to where you published it.',
      disallow: 'not to list it in search',
      allow: 'that they may list it in search',
    },
    'style-imitation': {
      name: 'Imitate a style',
      hint: 'Making new works in the manner of an artist, when that artist is asked for by name. Concerns artist names only.',
      disallow: 'not to imitate the style',
      allow: 'that they may imitate the style',
    },
  },

  states: {
    draft: { word: 'Draft', sentence: 'Not sent yet.' },
    'pending-email': {
      word: 'Not in force',
      sentence: 'Not in force yet: confirm your email with the link we sent.',
    },
    'pending-proof': {
      word: 'Needs proof',
      sentence: 'Not in force yet: prove that {host} is yours.',
      sentenceName: 'Not in force yet: prove a domain of yours.',
    },
    quarantined: {
      word: 'Held for review',
      sentence:
        'Not in force yet: it resembles works other creators registered, so a person looks at it first. You need do nothing.',
    },
    active: { word: 'In force', sentence: 'In force since {since}.' },
    possible: {
      word: 'Possible',
      sentence:
        'Shown as possible since {since}. Crawlers that ask are told to have a person look. It decides once {host} is proven.',
      sentenceName:
        'Shown as possible since {since}. Crawlers that ask are told to have a person look. It decides once a domain of yours is proven.',
    },
    silent: {
      word: 'Accepted',
      sentence: 'Accepted {since}, but it has no effect yet.',
    },
    suspended: {
      word: 'Suspended',
      sentence: 'The proof for {host} is no longer found. Put it back, then check now.',
    },
    withdrawn: {
      word: 'Withdrawn',
      sentence: 'Withdrawn {updated}. Crawlers that ask are no longer told anything about it.',
    },
    rejected: {
      word: 'Rejected',
      sentence: 'Rejected by a moderator {updated}. Crawlers that ask are told nothing about it.',
    },
    erased: { word: 'Erased', sentence: 'Erased {updated}.' },
  },
  told: 'Crawlers that ask are told {told}.',
  willBeTold: 'Once it is in force, crawlers that ask are told {told}.',
  notSaid: 'nothing',
  exactOnly: {
    lead: 'We cannot use this picture for finding similar ones: {why}. Exact copies of the file are covered.',
    small: 'it is smaller than 64 pixels',
    flat: 'it is almost plain',
    'low-quality': 'it has too little detail',
    unbalanced: 'its pattern is too regular',
    unsteady: 'it is too symmetrical',
    other: 'it has too little detail',
  },
  contested: 'Somebody else says this is theirs. Every answer says so until a moderator has decided.',
  except: 'Except: {operators}.',
  licence: 'Licence: {licence}.',
  contact: 'Public contact: {contact}.',
  reference: 'Record {id}.',
  logAt: (index: number) => `Number ${index.toLocaleString('en-GB')} in the consent log.`,

  said: {
    email: 'Said by someone with a confirmed email address',
    profile: 'Said by someone who has proven the profile',
    domain: 'Said by someone who has proven the domain',
    identity: 'Said by someone whose identity a moderator has checked',
  },
  trust: {
    email: 'by confirmed email',
    profile: 'profile proven',
    domain: 'domain proven',
    identity: 'identity checked by a moderator',
  },
};
