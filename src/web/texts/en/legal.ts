/** Imprint, privacy and terms. What the operator adds comes from the configuration. */
export const legal = {
  imprint: {
    title: 'Imprint',
    none: 'The operator of this installation has not given an imprint yet. It is set with `WITHHOLD_IMPRINT`.',
    operator: 'This registry is run by {operator}.',
  },
  privacy: {
    title: 'Privacy',
    lead: 'What this registry knows about you, why, and who sees it.',
    creators: {
      heading: 'If you opt out',
      items: [
        'Your email address and your name are encrypted where they are stored. The address is used to confirm your opt-out, to send you the links you ask for and to tell you when a proof is lost.',
        'Your name, your email address and the names of your files are never published.',
        'Fingerprints, addresses, domains, artist names, exceptions, the licence and the public contact are published: they are what crawlers compare with.',
        'Pictures are read in your browser. Without JavaScript one picture is sent to us, fingerprinted in memory and not stored.',
      ],
    },
    askers: {
      heading: 'If you ask',
      items: [
        'For an answer that rests on a record we count one hit per record, consumer, verdict and day.',
        'If you report what became of records in a dataset, we keep its name, the digest of your report and the counts, until your next report on it; creators see numbers alone, and the counts of a record go with it.',
        'What you asked about is not stored: neither addresses nor files nor lists. What sites that were asked about say to machines (robots.txt and its like) is kept for up to 30 days, without who asked.',
        'Addresses of connections are used in memory to limit abuse and are not written to logs.',
      ],
    },
    cookies: {
      heading: 'Cookies',
      body: 'Cookies keep you signed in after you open a link from a letter, protect the forms, and for ten minutes remember where a letter went. There are no others, nothing is loaded from anywhere else and nobody is measured.',
    },
    rights: {
      heading: 'Your rights',
      body: 'You may see, correct, take with you and have erased what is stored about you.',
      mine: 'What is registered with your address is under {mine}.',
      write: 'For anything else write to {contact}.',
      writeOperator: 'For anything else write to {operator}; the address is in the {imprint}.',
      mineLink: 'My opt-outs',
      imprintLink: 'imprint',
    },
  },
  terms: {
    title: 'Terms',
    lead: 'What you may expect, and what is expected of you.',
    creators: {
      heading: 'If you opt out',
      items: [
        'You speak only about works, sites and names that are yours, or for somebody who has authorised you.',
        'Crawlers that ask are told what you said. The registry cannot make them ask, or obey.',
        'False claims are rejected, and all records of a claimant who makes them can be.',
      ],
    },
    askers: {
      heading: 'If you ask',
      items: [
        'An answer says what was registered and what a site said at the time it names. It is not legal advice and not a licence.',
        'That nothing was found is not a permission.',
        'An answer is good until the time it names. Ask again after that.',
        'A key is for one consumer. It is withdrawn if it is passed on or used to harm the registry or others.',
      ],
    },
    additional: 'Additional terms of this installation',
  },
};
