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
    active: { word: 'In force', sentence: 'In force since {since}. Crawlers that ask are told {told}.' },
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
      sentence: 'Suspended: the proof for {host} is no longer found. Put it back, then check now.',
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
  notSaid: 'nothing',
  exactOnly: 'Exact copies of the file only: {why}',
  contested:
    'Contested: somebody else says this is theirs. Every answer says so until a moderator has decided.',
  except: 'Except: {operators}.',
  licence: 'Licence: {licence}.',
  contact: 'Public contact: {contact}.',
  reference: 'Record',
  logPending: 'Its place in the consent log is pending.',
  logAt: (index: number) => `Number ${index.toLocaleString('en-GB')} in the consent log.`,

  trust: {
    email: 'by confirmed email',
    profile: 'profile proven',
    domain: 'domain proven',
    identity: 'identity checked by a moderator',
  },
};
