import { issueAdminLink } from '../actions/admin.ts';
import { addKey, listKeys, revokeKey, scopes } from '../actions/keys.ts';
import { readConfig } from '../config.ts';
import { AppError } from '../errors.ts';
import { openService } from '../node.ts';
import { random } from '../open.ts';
import { newSecret } from '../secrets.ts';
import { readArguments } from './arguments.ts';
import { makeBuilderKey } from './builder-key.ts';
import { exitDone, type Io, say, write } from './io.ts';
import { newLogKeys, rotateLog, rotateStored } from './key-rotate.ts';

/** `withhold key …`: API keys, the administrator's link, encryption and signing keys, a builder's own. */
export async function run(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    name: 'string',
    scopes: 'string',
    id: 'string',
    json: 'boolean',
    finish: 'boolean',
    secrets: 'boolean',
  });
  const [verb, extra] = given.rest;
  const json = given.flag('json');
  if (verb === 'secret') {
    await write(io, `${newSecret(given.text('id') ?? new Date().toISOString().slice(0, 10), random)}\n`);
    return exitDone;
  }
  if (verb === 'builder') {
    const { signer, path, isNew } = await makeBuilderKey(io, given.text('name') ?? extra);
    await write(io, `${signer.key.vkey}\n`);
    if (isNew) say(io, `the key is in ${path}, for you alone: it signs your reports, so keep a copy`);
    say(
      io,
      'give others this line; they check a report with: withhold verify report.json --builder-key LINE',
    );
    return exitDone;
  }
  if (verb === 'rotate' || verb === 'log') {
    const config = readConfig(io.env);
    if (verb === 'log') await newLogKeys(config, io);
    else if (given.flag('secrets')) await rotateStored(config, io);
    else await rotateLog(config, io, given.flag('finish'));
    return exitDone;
  }
  const service = await openService(readConfig(io.env), { mail: refuseMail });
  try {
    switch (verb) {
      case 'add': {
        const wanted = (given.text('scopes') ?? 'check').split(',').map((scope) => scope.trim());
        const made = await addKey(service.deps, {
          consumer: given.text('name') ?? extra ?? '',
          scopes: wanted,
        });
        await write(io, json ? `${JSON.stringify({ id: made.id, key: made.key })}\n` : `${made.key}\n`);
        say(io, 'this key is shown once and stored only as a hash; give it to whoever will use it');
        return exitDone;
      }
      case 'list': {
        const keys = await listKeys(service.deps);
        for (const key of keys) {
          const state = key.revokedAt === null ? 'active' : `revoked ${key.revokedAt}`;
          const line = [key.id, key.hint, key.consumer, key.scopes.join(','), key.createdAt, state].join(
            '\t',
          );
          await write(io, json ? `${JSON.stringify(key)}\n` : `${line}\n`);
        }
        if (keys.length === 0) say(io, 'there are no keys yet; add one with: withhold key add --name NAME');
        return exitDone;
      }
      case 'revoke': {
        if (extra === undefined)
          throw new AppError('invalid', 'revoke needs the id of a key; list them with: withhold key list');
        await revokeKey(service.deps, extra);
        say(io, `revoked ${extra}`);
        return exitDone;
      }
      case 'admin': {
        await write(io, `${(await issueAdminLink(service.deps, true)) ?? ''}\n`);
        say(io, 'this link makes whoever opens it first an administrator; it works once, for seven days');
        return exitDone;
      }
      default:
        throw new AppError(
          'invalid',
          `say what to do: withhold key add, list, revoke, builder, admin, secret, rotate or log (scopes: ${scopes.join(', ')})`,
        );
    }
  } finally {
    await service.close();
  }
}

/** A command about keys writes no letters, so it must not ask for an SMTP server. */
const refuseMail = async (): Promise<void> => {
  throw new AppError('unavailable', 'this command sends no mail');
};
