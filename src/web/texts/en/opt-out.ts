/** The form, the page after it, and the page behind the link in the letter. */
export const optOut = {
  title: 'Opt out',
  lead: 'Say what AI may do with what you made. It takes about five minutes, it costs nothing, and you can withdraw it at any time.',
  steps: {
    what: 'What is yours',
    preferences: 'What may be done with it',
    details: 'Exceptions, licence and public contact',
    person: 'Who you are',
    statement: 'What you affirm',
  },

  pictures: {
    label: 'Pictures',
    one: 'One picture',
    hint: 'We compute fingerprints by which copies can be found, also smaller or re-saved ones.',
    hintUpload: (megabytes: number) =>
      `PNG, JPEG, WebP, GIF or AVIF, up to ${megabytes} MB. The picture is sent to us, fingerprinted and not kept.`,
    hintClient:
      'PNG, JPEG, WebP, GIF or AVIF, as many as you like. They are read here in your browser and are not sent to us.',
    drop: 'Drop pictures here, or',
    choose: 'Choose pictures',
    list: 'Pictures chosen',
    again: 'Choose the picture again; a form that is sent back cannot keep it.',
  },
  addresses: {
    urls: { label: 'Single addresses', hint: 'Pages or files on the web, one on each line.' },
    prefixes: {
      label: 'Folders',
      hint: 'Everything below an address, one on each line. Takes effect when you have proven the site is yours.',
    },
    domains: {
      label: 'Whole domains',
      hint: 'The domain and all its subdomains, one on each line. Takes effect when you have proven it is yours.',
    },
    names: {
      label: 'Artist names',
      hint: 'The names under which you publish, one on each line. They say whose style is not to be imitated.',
    },
    urlsExample: 'For example {example}',
  },

  usageChoices: { disallow: 'Do not', allow: 'Allow', nothing: 'Say nothing' },
  preferencesHint:
    'Saying nothing is not a permission: crawlers that ask are told that you said nothing. Allowing counts only for what you have proven is yours.',

  except: {
    label: 'Operators who may all the same',
    hint: 'Companies or crawlers your refusals do not concern, one on each line, for example `Common Crawl`.',
  },
  licence: {
    label: 'Address of your licence',
    hint: 'Where somebody who wants to use your work finds your terms.',
  },
  contact: {
    label: 'Public contact',
    hint: 'Published with every answer: an address or page at which you want to be asked. Leave it empty to stay unnamed.',
  },

  name: { label: 'Your name', hint: 'Or that of your company. It is not published.' },
  email: {
    label: 'Email address',
    hint: 'We send one link to confirm. It is encrypted and never published.',
  },
  role: {
    legend: 'You speak as',
    owner: 'The one who made these works or holds the rights',
    agent: 'Someone they have authorised',
  },
  affirm: 'I affirm this statement.',
  statementFor: { owner: 'If you hold the rights', agent: 'If you act for someone who does' },
  statementVersion: (version: string) =>
    `These words are version ${version} of the statement. They are kept with your opt-out.`,
  published: {
    heading: 'What is published',
    items: [
      'Fingerprints of pictures, addresses, domains and artist names, what may be done with them, and since when.',
      'The operators you except, your licence and your public contact, if you give them.',
      'How well it is proven that they are yours.',
    ],
    not: 'Your name, your email address, file names and the pictures themselves are not published.',
  },
  submit: 'Send opt-out',

  missing: {
    subjects: 'Name at least one picture, address, domain or artist name',
    name: 'Enter your name',
    email: 'Enter your email address, like name@example.com',
    role: 'Say whether you hold the rights or act for someone who does',
    affirmed: 'Read the statement and affirm it',
    preferences: 'Say something about at least one use',
  },
  line: (line: number, detail: string) => `Line ${line}: ${detail}`,
  picture: (name: string, detail: string) => `${name}: ${detail}`,

  sent: {
    title: 'Check your email',
    lead: 'Your opt-out is kept, but not in force yet.',
    letter: 'We sent a letter to {email}. Open the link in it to confirm.',
    letterUnnamed: 'We sent you a letter. Open the link in it to confirm.',
    outbox: 'This is a development installation: the letter lies in the {outbox}.',
    outboxLink: 'outbox',
    valid: 'The link works once and for seven days.',
    nothing: {
      heading: 'If no letter comes',
      body: 'Look in the folder for unwanted mail. If it is not there after ten minutes, {again}.',
      again: 'send the opt-out again',
    },
  },

  confirm: {
    title: 'Confirm your opt-out',
    lead: 'This is what you confirm:',
    name: 'In the name of',
    roleOwner: 'as owner',
    roleAgent: 'as agent',
    sentAt: 'Sent',
    works: (n: number) => `${n.toLocaleString('en-GB')} ${n === 1 ? 'picture' : 'pictures'}`,
    says: 'Says',
    subjects: 'Concerns',
    more: (n: number) => `and ${n.toLocaleString('en-GB')} more`,
    button: 'Confirm opt-out',
    after: 'Afterwards you see what is in force at once and what still needs proof.',
    disallowed: (usages: string) => `Do not: ${usages}`,
    allowed: (usages: string) => `Allow: ${usages}`,
    stale: {
      invalid: {
        title: 'This link is not complete',
        detail: 'It does not belong to any opt-out. Mail programs sometimes break long links in two.',
        next: 'Copy the whole link from the letter into the address bar, or {again}.',
      },
      expired: {
        title: 'This link has expired',
        detail:
          'A link to confirm works for seven days. The opt-out was not confirmed in that time and is not in force.',
        next: 'To have it in force, {again}.',
      },
      used: {
        title: 'This opt-out is already confirmed',
        detail: 'The link works once and has been used. Nothing is lost.',
        next: 'To see what is in force, open {mine}.',
      },
    },
    again: 'send the opt-out again',
    mine: 'your opt-outs',
  },
};
