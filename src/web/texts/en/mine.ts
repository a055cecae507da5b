const inDatasets = (n: number) => (n === 1 ? '1 dataset' : `${n.toLocaleString('en-GB')} datasets`);
const asCopies = (n: number) => (n === 1 ? '1 copy' : `${n.toLocaleString('en-GB')} copies`);

/** The creator's own list, and the links that lead to it. */
export const mine = {
  title: 'My opt-outs',
  ask: {
    lead: 'We send you a link that shows your opt-outs. There is no password.',
    email: 'Email address',
    hint: 'The one you used when you opted out.',
    button: 'Send me a link',
    missing: 'Enter your email address, like name@example.com',
  },
  asked: {
    title: 'Check your email',
    body: 'If there are opt-outs for {email}, a letter with a link is on its way. The link works once and for seven days.',
    again: 'Nothing came? Look in the folder for unwanted mail, or {again}.',
    againLink: 'ask for another link',
  },
  link: {
    link: {
      title: 'Open your opt-outs',
      body: 'The link is good. Press the button to see your opt-outs on this device.',
      button: 'Show my opt-outs',
      next: 'You can {again}.',
    },
    admin: {
      title: 'Administer this registry',
      body: 'The link is good. Press the button to administer the registry from this device for eight hours.',
      button: 'Go on',
      next: 'Make another with `withhold key admin` where the service runs.',
    },
    stale: {
      invalid: {
        title: 'This link is not complete',
        detail: 'It is not known here. Mail programs sometimes break long links in two.',
      },
      expired: { title: 'This link has expired', detail: 'Such a link works for seven days.' },
      used: { title: 'This link has been used', detail: 'Such a link works once.' },
    },
    again: 'ask for another link',
  },

  signedInAs: 'You see what was registered with {email}.',
  signOut: 'Sign out of this device',
  add: 'Opt out more works',
  none: {
    heading: 'Nothing here yet',
    body: 'No opt-out is registered with this address.',
    button: 'Opt out',
  },
  notices: {
    confirmed: 'Your opt-out is confirmed.',
    withdrawn: (n: number) =>
      `${n === 1 ? '1 record is' : `${n.toLocaleString('en-GB')} records are`} withdrawn.`,
    restored: (n: number) =>
      `${n === 1 ? '1 record is' : `${n.toLocaleString('en-GB')} records are`} restored.`,
    erased: (n: number) => `${n === 1 ? '1 record is' : `${n.toLocaleString('en-GB')} records are`} erased.`,
    found: 'The proof for {host} is found.',
    missing: 'The proof for {host} is not found yet. Below it says what was seen.',
  },

  receipt: {
    record: 'Receipt',
    recordWhat: (label: string) => `Receipt for ${label}`,
    optOut: 'Save the receipt of this opt-out',
    hint: 'It proves, without our help, that the public log holds this and since when. Keep it: it is also what opens the log to you after you erase something here.',
  },

  erase: {
    link: 'Erase',
    linkWhat: (label: string) => `Erase ${label}`,
    linkOptOut: 'Erase this opt-out for good',
    linkEverything: 'Erase everything about me',
    records: (n: number) => (n === 1 ? '1 record' : `${n.toLocaleString('en-GB')} records`),
    record: {
      title: 'Erase this record for good',
      body: 'You are about to erase {label}. It cannot be undone; withdrawing can.',
    },
    optOut: {
      title: 'Erase this opt-out for good',
      body: 'You are about to erase the opt-out of {at} with {records}. It cannot be undone; withdrawing can.',
    },
    everything: {
      title: 'Erase everything about me',
      body: 'You are about to erase everything that was registered with {email}: {records}. It cannot be undone; withdrawing can.',
    },
    gone: {
      heading: 'What goes, at once',
      body: 'What you named, its fingerprints, what you said about it, and every earlier version of it. Crawlers that ask are told nothing about it any more.',
      last: 'When no opt-out of yours is left after this, your name, your address, your proofs and your sessions go too.',
      everything: 'Your name, your address, your proofs, letters that wait to be sent, and your sessions.',
    },
    stays: {
      heading: 'What stays',
      body: 'The public log keeps one sealed entry for each version that was in force: a number that nobody can open without your receipt, its time, and whether it was a reservation, a change, a withdrawal or an erasure. Nothing in it says whose it was or what it was about.',
      others:
        'How often crawlers asked about it is still counted, without saying what it was. Those who follow the registry are told to delete their copies within 31 days. Backups of this registry still hold it until they are replaced.',
    },
    receiptFirst: 'If you may want to prove later that you had opted out, {receipt} before you erase it.',
    receiptLink: 'save the receipt',
    button: 'Erase for good',
    keep: 'Keep it',
    done: {
      title: 'Everything is erased',
      body: (n: number) =>
        `${n === 1 ? '1 record' : `${n.toLocaleString('en-GB')} records`}, your name and your address are gone, and you are signed out.`,
    },
  },

  optOut: {
    heading: (at: string) => `Opt-out of ${at}`,
    owner: 'as owner',
    agent: 'as agent',
    inTheNameOf: 'In the name of {name}, {role}. Confirmed {at}.',
    notConfirmed:
      'In the name of {name}, {role}. Not confirmed yet: open the link in the letter we sent {at}.',
    summary: {
      decides: (n: number) => (n === 1 ? '1 in force' : `${n.toLocaleString('en-GB')} in force`),
      possible: (n: number) => (n === 1 ? '1 possible' : `${n.toLocaleString('en-GB')} possible`),
      waiting: (n: number) => (n === 1 ? '1 needs proof' : `${n.toLocaleString('en-GB')} need proof`),
      held: (n: number) => `${n.toLocaleString('en-GB')} held for review`,
      gone: (n: number) => `${n.toLocaleString('en-GB')} withdrawn`,
      other: (n: number) => `${n.toLocaleString('en-GB')} not in force`,
    },
    reported: {
      lead: 'Those who build datasets report:',
      removed: (datasets: number, copies: number) =>
        `removed from ${inDatasets(datasets)}, ${asCopies(copies)}`,
      licensed: (datasets: number, copies: number) =>
        `kept under a licence in ${inDatasets(datasets)}, ${asCopies(copies)}`,
      disputed: (datasets: number, copies: number) =>
        `disputed in ${inDatasets(datasets)}, ${asCopies(copies)}`,
      all: {
        removed: (copies: number) => `${asCopies(copies)} removed`,
        licensed: (copies: number) => `${asCopies(copies)} kept under a licence`,
        disputed: (copies: number) => `${asCopies(copies)} disputed`,
      },
    },
    records: 'What it concerns',
    more: (n: number) => `Show ${n.toLocaleString('en-GB')} more`,
    withdraw: 'Withdraw',
    withdrawWhat: (label: string) => `Withdraw ${label}`,
    restore: 'Restore',
    restoreWhat: (label: string) => `Restore ${label}`,
    withdrawAll: {
      summary: 'Withdraw all of this opt-out',
      body: (n: number) =>
        `Crawlers that ask will no longer be told anything about ${n === 1 ? 'this 1 record' : `these ${n.toLocaleString('en-GB')} records`}. What was in force can be restored later; what never was is deleted.`,
      button: 'Withdraw all',
    },
  },

  proof: {
    heading: 'Prove that {host} is yours',
    why: (n: number) =>
      `${n === 1 ? '1 record waits' : `${n.toLocaleString('en-GB')} records wait`} for it. Two ways, each takes about five minutes; one is enough.`,
    dns: {
      heading: 'With a DNS record',
      body: 'Where you manage the domain, add a record of type `TXT`. It can take some minutes until it is visible.',
      name: 'Name',
      type: 'Type',
      value: 'Value',
      whatName: 'the name of the record',
      whatValue: 'the value of the record',
    },
    file: {
      heading: 'With a file on the site',
      body: 'Put a text file at this address with this content, and nothing else in it.',
      url: 'Address',
      content: 'Content',
      whatUrl: 'the address of the file',
      whatBody: 'the content of the file',
    },
    check: 'Check now',
    checkHost: (host: string) => `Check now: ${host}`,
    notLooked: 'We have not looked yet.',
    lastLook: 'Last look {at}: {detail}',
    lastLookPlain: 'Last look {at}: not found.',
    lost: 'The proof for {host} was there and is no longer found. If it stays away for seven days, what depends on it is suspended.',
    proven: 'Proven domains',
    provenLine: '{host}, proven {how} since {at}.',
    how: { dns: 'by DNS record', 'well-known': 'by file', other: 'by {method}' },
    recheck: 'We look again every 90 days. Leave the record or the file where it is.',
  },
};
