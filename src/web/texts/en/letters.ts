/** The letters, as plain text. */
export const letters = {
  confirm: {
    subject: 'Confirm your opt-out',
    text: (given: {
      name: string;
      records: string;
      link: string;
      until: string;
      origin: string;
    }) => `Hello ${given.name},

somebody, we hope you, opted out ${given.records} at ${given.origin} with this address.

Nothing is in force yet. To confirm it, open this link and press the button there:

${given.link}

The link works once, until ${given.until}. If it was not you, do nothing: without confirmation everything is deleted.
`,
  },
  link: {
    subject: 'Your link to your opt-outs',
    text: (given: { link: string; until: string; origin: string }) => `Hello,

this link shows what you have said at ${given.origin}, and lets you withdraw it:

${given.link}

It works once, until ${given.until}. If you did not ask for it, do nothing.
`,
  },
  receipt: {
    subject: 'Your receipt',
    text: (given: { records: string; link: string; until: string; origin: string }) => `Hello,

what you said at ${given.origin} about ${given.records} now stands in the public consent log, from which nothing can be
taken away unnoticed. Your receipt proves it, and needs nobody's help to be checked, ours included.

Open this link, press the button there, and save the receipt where you keep important papers:

${given.link}

The link works once, until ${given.until}. The receipt names what you opted out, so give it only to those you want to
show it to. How to check one: ${given.origin}/log/policy is the key; the command is "withhold verify FILE".
`,
  },
  proofMissing: {
    subject: (host: string) => `We cannot find your proof for ${host}`,
    text: (given: { host: string; records: string; until: string; link: string }) => `Hello,

we looked again for the proof that ${given.host} is yours, and it is not there. ${given.records} rest on it.

They stay in force until ${given.until}. Put the DNS record or the file back before then; both are shown here:

${given.link}
`,
  },
  proofLost: {
    subject: (host: string) => `Suspended: your opt-outs on ${host}`,
    text: (given: { host: string; records: string; link: string }) => `Hello,

for seven days the proof that ${given.host} is yours could not be found. ${given.records} that rest on it are suspended:
crawlers that ask are no longer told about them.

Nothing is lost. Put the DNS record or the file back and press "Check now" here:

${given.link}
`,
  },
  records: (count: number) => (count === 1 ? '1 record' : `${count} records`),
  until: (at: string) => `${at.slice(0, 10)}, ${at.slice(11, 16)} UTC`,
};
