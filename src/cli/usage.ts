/** Everything `--help` says; the README quotes it. A section starts at a line `withhold COMMAND`. */
export const usage = `withhold: ask a registry of creators' wishes before you take

usage: withhold COMMAND [OPTION]...

commands:
  check     ask about a few URLs or hashes
  filter    check a dataset row by row
  refresh   find what changed for a dataset since it was filtered
  fingerprint
            make the fingerprints of pictures
  robots    read one robots.txt and show which line decides
  site      show what a site says to every known AI crawler
  signals   gather what all sites of a dataset say, into a folder
  log       audit a registry's log, or keep a verified copy
  snapshot  make the registry into files, or take it to your own machine
  verify    check a receipt or a report, offline
  serve     run the registry
  key       add, list and revoke API keys
  backup    copy the registry's database while it runs
  restore   put a backup back
  demo      run a seeded throw-away registry

withhold COMMAND --help tells about one command, withhold --version the version.
Data goes to stdout, words to stderr. Exit status 2 always means: could not finish.

withhold check [OPTION]... URL...

  Asks about each URL; - reads URLs from stdin, one a line.

  --server URL      the registry (default $WITHHOLD_SERVER or http://localhost:8787)
  --key KEY         API key (better given as $WITHHOLD_KEY: others can see arguments)
  --agent TOKEN     who asks, as a product token (GPTBot) or a full User-Agent
  --usage USAGE     train-ai (default), ai-use, search or style-imitation
  --page-url URL    the page on which the URLs were found
  --sha256 HEX      SHA-256 of the file; goes with one URL or alone, as do the next two
  --md5 HEX         MD5 of the file
  --pdq HEX         PDQ hash of the picture
  --retry-for S     seconds to go on trying when the registry does not answer (default 10)
  --snapshot DIR    ask no server, but the snapshot and feed that withhold snapshot pull keeps in DIR
  --signals DIR     and what sites say, as withhold signals gather found it. Without it they stand under "not
                    checked", and a URL nobody refused has to be reviewed
  --signals-max-age DAYS
                    what was gathered before does not count (default 31)
  --allow-stale     use a snapshot past its date; every answer then warns of it
  --json            one JSON object a line: what was asked, then the decision as the API gives it

  Exit status: 0 nothing is disallowed, 1 something is, 2 could not finish.

withhold filter [OPTION]... --snapshot DIR --out FOLDER INPUT...
withhold filter [OPTION]... --out FILE INPUT...

  Checks every row of a dataset. With --snapshot and a folder it reads Parquet, CSV, TSV, JSONL (.gz, .zst as well)
  and WebDataset tars: files, folders, globs, https:// and s3:// addresses, or - for stdin. It needs nobody else,
  and leaves in FOLDER: the decisions on rows of which something was found, what else was asked for, and a signed
  report (report.json, report.html).
  With a file it asks a registry (or the snapshot) about CSV, TSV or JSONL and writes one decision a row.
  A row is dropped when the answer is to stop. Rows that a person should review are counted apart, and kept unless
  --on-review drop. A row with nothing to check is kept; a broken row is counted, and neither kept nor dropped.

  --snapshot DIR          ask the snapshot in DIR, as snapshot pull leaves it, and no registry
  --signals DIR           and what sites say, as signals gather found it; without it they are not asked
  --signals-max-age DAYS  what was gathered before does not count (default 31)
  --allow-stale           use a snapshot past its date
  --agent, --usage        as in check
  --url-column NAME       columns are found by name in any case: url or image_url, page_url, sha256, md5, pdq;
  --page-url-column NAME  these five options name others
  --sha256-column NAME
  --md5-column NAME
  --pdq-column NAME
  --hash-type TYPE        what a column called hash holds: sha256, md5 or pdq; it is never guessed
  --id-column NAME        a column to copy into id
  --format FORMAT         parquet, csv, tsv, jsonl or tar, for stdin and for names that do not tell
  --on-review keep|drop   what becomes of rows to review (default keep)
  --write kept|dropped    also write those rows: into FOLDER/kept or FOLDER/dropped, or into --rows-out FILE
  --fresh                 forget a stopped run and start again
  --json                  print the report, or the summary, as JSON

  Into a folder:
  --decisions FORMAT      csv (default), parquet or jsonl, with columns file,row,id,url,verdict,act,outcome,reason,
                          source,record,trust,reserved_since,reserved,column,not_checked
  --list-all              a decision also on rows of which nothing was found
  --lists NAMES           what was removed, as img2dataset, datacomp, nemo and datatrove read it; with commas
  --crawled-at NAME       the column that says when a row was collected: was it reserved before or after?
  --licences FILE         CSV of what you have rights to (domain, prefix, url, sha256, md5, record): verdict
                          licensed
  --max-hits-per-record N a work that alone drops more rows is held for review (default: 0.01 % of them, at least
                          100), as is one found on more than 1,000 hosts
  --pixels                look at the pictures in tars
  --threads N             default: one a core
  --refreshable           keep an index, so that withhold refresh need not read the dataset again
  --dataset NAME          what the report calls it (default: the name of the first input)
  --report-to URL         tell a registry what became of its records (--key KEY or $WITHHOLD_KEY)

  Into one file:
  --out FILE              decisions as CSV or JSONL, by its ending; - is stdout. Columns: row,id,url,verdict,act,
                          reason,source,record,trust,since,column,not_checked
  --out-format FORMAT     csv or jsonl, whatever the ending
  --rows-out FILE         where --write goes
  --server, --key         as in check
  --batch N               rows a request (default 5000, at most 10000)
  --concurrency N         requests in flight (default 4, at most 16)
  --retry-for S           seconds to go on trying when the registry does not answer (default 120)
  --resume                go on with the stopped run, or refuse (without it: go on if there is one that fits)
  --summary-json FILE     write the summary as JSON

  Output is written aside and renamed when whole. A run that was stopped goes on where it was when the same command
  is given again, and ends with the same bytes.
  Exit status: 0 done, 1 done but some rows are broken, 2 could not finish. Dropping rows is no failure.

withhold refresh [OPTION]... --snapshot DIR FOLDER

  Decides again the rows of a run (withhold filter --refreshable) that records concern which came, changed or went
  since, and no others: which rows must now go, and which may return. They are in FOLDER/refreshed, with the
  decision of today and what it was. The dataset is not read, and the next refresh goes on from here.

  --snapshot DIR          the snapshot and feed as they are now
  --signals DIR, --licences FILE   those the run was made with
  --allow-stale           use a snapshot past its date
  --json                  print what became of it as JSON

withhold fingerprint [OPTION]... FILE|FOLDER...

  Makes the fingerprints of PNG, JPEG, WebP, GIF and AVIF pictures, as the registry makes them; nothing is sent.
  Folders are searched to the bottom; links in them are not followed, and what is no picture is passed over. - reads
  paths from stdin, one a line. A pattern in quotes ('art/**/*.png') is resolved here.
  A picture that cannot be read is told with its place, and the rest goes on.

  --json            one JSON object a line: file, sha256, md5, pdq, quality, blockhash, descriptor, width, height,
                    variants, exactOnly (why only exact copies can be found, or null), hasher, bytes, mtimeMs
  --out FILE        write such lines to FILE. What is in FILE already, with the same size and time, is not read
                    again: a run that was stopped goes on where it was
  --threads N       pictures read at once (default: as many as there are cores, at most 64); each may need 0.6 GB
                    for a picture of 40 million pixels

  Exit status: 0 done, 1 done but something cannot be read, 2 could not finish.

withhold robots [OPTION]... FILE URL...
withhold robots --ndjson [FILE]

  Says for each URL whether this robots.txt lets the crawler fetch it, which group and which line decide, which
  other rules lost, and what in the file is not read as its author probably meant. FILE may be - for stdin, or an
  http or https URL; URLs may be paths. Asks no registry.

  --agent TOKEN     who asks, as a product token (GPTBot) or a full User-Agent (default: any crawler)
  --json            one JSON object: robots, truncated, overflow, answers, diagnostics
  --ndjson          one {"robots", "agent", "url"} a line in, from stdin or FILE, robots being the text of the file;
                    one answer a line out: url, agent, allowed, reason, line, rule, group, groupLine, rivals.
                    A bad line is told, and its answer is {"allowed":null,"reason":"bad-line","error"}

  Exit status: 0 everything is allowed, 1 something is not, or a line is bad, 2 could not finish.

withhold site [OPTION]... URL

  Shows what a site says to every AI crawler we know, with the line that decides, what contradicts itself, what is
  not read as it was probably meant, where crawlers built on robots-parser would read robots.txt differently, and
  what to paste to say: no AI training. URL is a page or a host alone. Reads robots.txt, tdmrep.json, ai.txt,
  trust.txt, RSL licences and the page itself, as WithholdBot and as far as robots.txt lets it.

  --server URL      let this registry look (default $WITHHOLD_SERVER; without either, this machine looks itself)
  --key KEY         API key (better given as $WITHHOLD_KEY)
  --all             name every crawler, not only the first of those with the same answers
  --paste           print only the text for the end of robots.txt
  --json            the report as the API gives it
  --retry-for S     seconds to go on trying when the registry does not answer (default 10)

  Exit status: 0 nothing to mend, 1 something contradicts itself or is not read as meant, 2 could not finish.

withhold signals gather [OPTION]... --agent TOKEN --out DIR INPUT...

  Fetches robots.txt, tdmrep.json, ai.txt, trust.txt and the RSL documents that robots.txt names, once for each
  origin among the URLs and page URLs of CSV, TSV or JSONL files (also .gz and .zst; - is stdin), and writes them to
  the new folder DIR, with dates: a signals snapshot. Never two connections to one host, nor more than 8 to one
  address; never a private address. What robots.txt forbids is not fetched.

  --agent TOKEN           who gathers: a product token (ExampleBot), sent within WithholdBot's User-Agent, or a full
                          User-Agent, which is sent as it is, and whose own rules in robots.txt are obeyed
  --contact WHERE         an http or https address or a mail address for those who see us in their logs
  --out DIR               the folder to make
  --concurrency N         origins at once (default 1000, at most 10000)
  --url-column NAME       columns are found by name in any case: url or image_url, page_url; these two options name
  --page-url-column NAME  others
  --format FORMAT         csv, tsv or jsonl, for stdin and for names that do not tell
  --fresh                 forget a stopped run and start again
  --allow-private         also ask private addresses and any port: for sites in your own network
  --json                  print the manifest

  A run that was stopped, however, goes on where it was when the same command is given again; nobody who has
  answered is asked twice.
  Exit status: 0 done, 1 done but some origins cannot be reached, 2 could not finish.

withhold log audit | follow [OPTION]... URL

  Holds a registry to its own log, without believing anything but its signing key.

  audit     read every entry and tile, and hold them to the signed checkpoint, and that to what was audited before;
            the next time, only what is new
  follow    keep a copy of all records in DIR: every entry and tile verified, every record held to its leaf; goes on
            until it is stopped, and goes on from there the next time. What was erased is erased in the copy

  --dir DIR         follow: where the copy lies, required; audit: where it is kept what was audited
                    (default ~/.withhold/audit/HOST, or HOST below $WITHHOLD_AUDIT)
  --policy FILE     the keys to believe, in place of those the registry gives the first time; replaces those kept
  --full            audit: read everything again
  --json            audit: the result as JSON
  --key KEY         follow: an API key with the scope feed (better given as $WITHHOLD_KEY)
  --once            follow: end when everything is there
  --retry-for S     seconds to go on trying when the registry does not answer (audit 30, follow --once 120)

  Exit status: 0 done, 1 the log is wrong, and it is said where, 2 could not finish.

withhold snapshot build [--json]
withhold snapshot pull [OPTION]... URL DIR
withhold snapshot export --format FORMAT [OPTION]... DIR

  build     makes a snapshot of the registry in the data folder ($WITHHOLD_DATA): all records in force at the newest
            checkpoint, as Parquet and as compiled tables, signed, its digest on its way into the log. The service
            may run, and does so by itself every $WITHHOLD_SNAPSHOT_EVERY hours; it keeps the newest
            $WITHHOLD_SNAPSHOT_KEEP. While nothing changed since the newest there is no other for a week

  pull      brings the newest snapshot of a registry into DIR, and what changed since: its manifest is held to the
            keys of the registry and to its log, every file to the manifest, and rows taken at chance to their
            leaves; then the feed is followed to its end. A pull that was stopped goes on where it was. What is in
            use in DIR is replaced only by what was verified, and then removed

  --size N          the newest snapshot of a log of at most N leaves
  --policy FILE     the keys to believe, in place of those the registry gives the first time; replaces those kept
  --key KEY         an API key with the scope feed (better given as $WITHHOLD_KEY)
  --samples N       rows held to their leaves (default 64; 0 is none)
  --once            end when everything is there (default)
  --follow          go on following the feed until stopped, from what is in DIR if that may still be used; when
                    it is a week old, a newer snapshot is pulled beside it and takes its place
  --allow-stale     take a snapshot that is past its date (pull, export)
  --retry-for S     seconds to go on trying when the registry does not answer (default 120)

  export: writes what may not be taken, as a list for a tool that cannot ask: domains, prefixes and URLs whose
  refusal decides, from the snapshot in DIR and the feed beside it. What a format cannot say exactly it says wider;
  how many rules those are stands in the file and on stderr. docs/crawlers.md has what each format cannot say.

  --format FORMAT   hosts, urls or words (datatrove's URLFilter), nutch (urlfilter-fast), heritrix (SURT prefixes),
                    stormcrawler (FastURLFilter), or robots (a group of robots.txt)
  --usage USAGE     train-ai (default), ai-use or search
  --agent TOKEN     who takes: records that except its operator are left out
  --host HOST       the host a robots.txt is for, with its port where it is not the default one
  --out FILE        appears whole or not at all; - is stdout (default)
  --policy FILE     the keys to believe, of a snapshot that was built in DIR and not pulled

  Exit status: 0 done, 1 something is false (pull), and it is said what, 2 could not finish.

withhold verify FILE [--policy FILE] [--builder-key VKEY] [--json]
withhold verify --rerun --snapshot DIR FILE [--policy FILE] [--allow-stale] [--json]

  Checks a receipt, an archive of receipts, a check receipt or the report of a filter run, without asking anybody;
  - is stdin. Says what is proven, since when, and what is not. Files of a run that lie beside its report are held
  to it.

  --policy FILE     the keys of the log to believe (default: the file policy beside the receipt). Get it once:
                    curl https://registry.example/log/policy > policy
                    Lines #builder-key VKEY in it name the builders whose reports to believe
  --builder-key VKEY
                    the builder whose report to believe, as withhold key builder printed it
  --rerun           asks the question of a check receipt again: the registry as it was at the receipt's size of the
                    log, other evidence as the receipt has it. What differs is named, and explained where the log
                    explains it: a record that was on its way into the log, or was erased since
  --snapshot DIR    where withhold snapshot pull keeps a snapshot of that size or before, and its feed; its policy
                    is the one to believe unless another is named
  --allow-stale     use a snapshot past its date
  --json            one JSON object: ok, log, records or proven, failures; with --rerun also rerun; of a report
                    ok, builder, digest, proven, files, snapshot, failures

  Exit status: 0 all of it is proven (and the same when run again, but for what the log explains), 1 not all of it
  is, 2 could not read it, the policy or the snapshot.

withhold serve
withhold serve --replica URL [OPTION]...

  Runs the registry, by default on http://localhost:8787 with its data in ./data. Settings are WITHHOLD_* variables;
  docs/operators.md lists them. The first start prints a link that makes whoever opens it the administrator.
  SIGTERM or Ctrl-C finishes what is under way and ends.

  With --replica it answers what the registry at URL answers (checks, crawlers, signals, sites), from a snapshot
  and the feed, without a database: an opt-out there acts here within seconds. It signs no receipts. It listens on
  127.0.0.1 unless WITHHOLD_HOST says otherwise, and answers everybody who reaches it as much as they ask, unless
  WITHHOLD_REPLICA_KEYS=wh_…,wh_… names the keys that may. WITHHOLD_PORT, _DNS, _LOG_LEVEL and _TRUST_PROXY are
  as for the registry; WITHHOLD_ORIGIN is where sites that it reads find its /bot. /readyz says how it stands.

  --dir DIR         where the snapshot lies, as snapshot pull leaves it (default $WITHHOLD_DATA/replica)
  --key KEY, --policy FILE, --samples N, --allow-stale   as in snapshot pull

withhold key add --name NAME [--scopes check,feed,admin]
withhold key list | revoke ID | admin | secret | log
withhold key builder [--name NAME]
withhold key rotate [--finish | --secrets]

  Manages who may ask. A new key is printed once and stored only as a hash.

  add             make a key for a crawler or dataset builder; scopes default to check
  list            one key a line: id, hint, name, scopes, when made, state
  revoke ID       end a key at once
  builder         make the key that signs the reports of your filter runs, once, in ~/.withhold/builder-key or
                  $WITHHOLD_BUILDER_KEY, and print the line by which others verify them; NAME says who you are
  admin           print a new administrator's link, for seven days and one use
  secret          print a new entry for WITHHOLD_SECRETS (--id names it)
  log             print new signing keys for WITHHOLD_LOG_KEYS of a Worker
  rotate          add a new signing key for the log; from the next start the old and the new one sign
  rotate --finish end the old one, once the new one has signed; what the old one signed stays good
  rotate --secrets
                  encrypt everything anew under the first of WITHHOLD_SECRETS, so that the others can go
  --json          add and list as JSON

  A running service reads its keys when it starts: restart it after every rotate.

withhold backup FILE

  Copies the database to FILE while the service runs; FILE appears whole or not at all. Secrets are not in it.

withhold restore FILE

  Puts a backup in the place of the database, which is kept beside it. The service has to be stopped.

withhold demo [--port N] [--once]

  Runs a seeded throw-away registry, offline, tells its story and stays up until it is stopped. Everything it makes
  lies in a temporary folder, which is deleted at the end.

  --port N          where to listen (default 8788, or any free port when that is taken; 0 is any free port)
  --once            tell the story and end
`;

/** @returns the section of one command, or the first section when it has none. */
export function usageOf(command: string): string {
  const sections = usage.split(/(?<=\n\n)(?=withhold (?!COMMAND)\w+\s)/);
  return (
    sections.find((section) => /^withhold (\w+)\s/.exec(section)?.[1] === command) ?? (sections[0] as string)
  );
}
