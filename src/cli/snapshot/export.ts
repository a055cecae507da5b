import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ResolvedAgent, resolveAgent } from '../../consent/agent.ts';
import { usages } from '../../consent/evidence.ts';
import { AppError } from '../../errors.ts';
import { type Exportable, openExportable } from '../../snapshots/export/exportable.ts';
import { type RuleFormatName, ruleFormatNames, ruleFormats } from '../../snapshots/export/formats.ts';
import { authorityKey } from '../../snapshots/export/host.ts';
import { findRefusals, type RefusalSource } from '../../snapshots/export/refusals.ts';
import { robotsBytesMax } from '../../snapshots/export/robots.ts';
import { type About, emptyTally, tailWords } from '../../snapshots/export/rule.ts';
import type { RefusalQuestion } from '../../snapshots/export/terms.ts';
import { withDuckDb } from '../../snapshots/parquet-rows.ts';
import { type Arguments, readArguments } from '../arguments.ts';
import { type Output, openPart, partOf, removeFile, renamePart, stdoutOutput } from '../filter/output.ts';
import { exitDone, type Io, say, stopIfAsked } from '../io.ts';

interface Wanted extends RefusalQuestion {
  dir: string;
  format: RuleFormatName;
  host: string | null;
  authority: string | null;
  /** Null for stdout. */
  out: string | null;
}

/** `withhold snapshot export`: what may not be taken, for tools that read a list and cannot ask. */
export async function exportRules(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    ...{
      format: 'string',
      usage: 'string',
      agent: 'string',
      host: 'string',
      out: 'string',
      policy: 'string',
    },
    'allow-stale': 'boolean',
  });
  const wanted = readWanted(given);
  const snapshot = await openExportable(wanted.dir, given.text('policy'));
  const about = aboutOf(snapshot, wanted, Date.now());
  requireFresh(about, given.flag('allow-stale'), io);
  const output = wanted.out === null ? stdoutOutput(io) : await openPart(wanted.out, 0);
  let scratch: string | null = null;
  try {
    // Beside the file there is room for what is as large as the file.
    const beside = wanted.out === null ? tmpdir() : dirname(wanted.out);
    scratch = await mkdtemp(join(beside, '.withhold-export-'));
    const { folder, events } = snapshot;
    const source = { folder, events, scratch, authority: wanted.authority };
    const words = await writeRules(source, wanted, about, output, io);
    await output.sync();
    await output.close();
    if (wanted.out !== null) await renamePart(wanted.out);
    for (const line of words) say(io, line);
    return exitDone;
  } catch (error) {
    await output.close().catch(() => {});
    if (wanted.out !== null) await removeFile(partOf(wanted.out));
    throw error;
  } finally {
    if (scratch !== null) await rm(scratch, { recursive: true, force: true });
  }
}

function readWanted(given: Arguments): Wanted {
  const [dir, extra] = given.rest;
  const format = given.choice('format', ruleFormatNames);
  if (dir === undefined || extra !== undefined || format === undefined) {
    throw new AppError('invalid', 'snapshot export takes one folder and --format', { fix: 'see --help' });
  }
  const usage = given.choice('usage', usages) ?? 'train-ai';
  if (usage === 'style-imitation') {
    throw new AppError('invalid', 'style-imitation is about names, of which no list of addresses can tell');
  }
  const host = given.text('host') ?? null;
  if ((format === 'robots') !== (host !== null)) {
    throw new AppError('invalid', '--format robots takes the --host it is for, and no other format does');
  }
  const out = given.text('out') ?? '-';
  const agent = agentOf(given.text('agent'), format);
  const authority = host === null ? null : authorityKey(host);
  return { dir, format, usage, agent, host, authority, out: out === '-' ? null : out };
}

function agentOf(name: string | undefined, format: RuleFormatName): ResolvedAgent | null {
  if (name === undefined) return null;
  const agent = resolveAgent(name);
  if (agent.token === null) {
    throw new AppError('invalid', `${name} names no crawler`, {
      fix: 'give a product token, such as GPTBot',
    });
  }
  if (format === 'robots' && !agent.legalProductToken) {
    throw new AppError('invalid', `${agent.token} cannot stand in robots.txt`, {
      fix: 'give a product token of letters, hyphens and underscores',
    });
  }
  return agent;
}

function aboutOf(snapshot: Exportable, wanted: Wanted, nowMs: number): About {
  const { content, origin, size, root } = snapshot;
  const { at: snapshotAt, notAfter } = content;
  const { format, usage, agent, host } = wanted;
  const isStale = nowMs > Date.parse(notAfter);
  const whose = { usage, agent: agent?.token ?? null, host };
  return { format, origin, size, root, snapshotAt, notAfter, isStale, ...whose };
}

function requireFresh({ isStale, notAfter }: About, allowStale: boolean, io: Io): void {
  if (!isStale) return;
  if (!allowStale) {
    throw new AppError('conflict', `this snapshot was to be used until ${notAfter} and no longer`, {
      fix: 'pull a newer one, or give --allow-stale',
    });
  }
  say(io, `this snapshot was to be used until ${notAfter} and no longer, as the file says`);
}

/** @returns what there is to say about the file. */
async function writeRules(
  source: RefusalSource,
  wanted: Wanted,
  about: About,
  output: Output,
  io: Io,
): Promise<string[]> {
  const format = ruleFormats[wanted.format];
  const tally = emptyTally();
  const possible = await withDuckDb(async (connection) => {
    const refusals = await findRefusals(connection, source, wanted);
    for await (const text of format.write(refusals.rules(), about, tally)) {
      stopIfAsked(io);
      await output.append(text);
      if (wanted.format === 'robots' && output.bytes > robotsBytesMax) {
        throw new AppError(
          'too-large',
          `crawlers read ${robotsBytesMax} bytes of robots.txt, and this is more`,
          {
            fix: 'use another format, or refuse larger parts of the host by hand',
          },
        );
      }
    }
    return refusals.possible;
  });
  return [
    `${tailWords(tally, format)}; ${format.limits}`,
    `true to log size ${about.size} of ${about.origin}, not to be used after ${about.notAfter}`,
    ...(possible === 0 ? [] : [`${possible} records are not proven enough to refuse, and stand in no list`]),
  ];
}
