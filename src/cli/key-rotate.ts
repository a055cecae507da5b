import { rotateSecrets } from '../actions/rotate-secrets.ts';
import { checkpointPath } from '../actions/sequence.ts';
import type { Config } from '../config.ts';
import { checkKeyName } from '../log/check-receipt.ts';
import { newSigningKey } from '../log/note-key.ts';
import { finishLogKey, logOrigin, rotateLogKey } from '../log-key-file.ts';
import { directoryFiles } from '../log-store/directory.ts';
import { openDatabase, openServiceSecrets, random } from '../open.ts';
import { logFolder } from '../open-log.ts';
import { type Io, say, write } from './io.ts';

/** `withhold key rotate`: a new signing key beside the old one, or with `--finish` the end of the old one. */
export async function rotateLog(config: Config, io: Io, finish: boolean): Promise<void> {
  if (!finish) {
    const { added } = await rotateLogKey(config);
    await write(io, `${added.vkey}\n`);
    say(io, 'restart the service: from then on the old and the new key sign, and the log says so');
    say(io, 'give those who follow the log time to fetch /log/policy, then: withhold key rotate --finish');
    return;
  }
  const published = await directoryFiles(logFolder(config)).read(checkpointPath);
  const { signing, retired } = await finishLogKey(config, published);
  await write(io, `${signing.vkey}\n`);
  say(
    io,
    `restart the service: from then on only this key signs; ${retired.map(({ vkey }) => vkey).join(', ')} is kept`,
  );
  say(io, 'receipts signed by it stay good, and /log/policy goes on naming it');
}

/** `withhold key rotate --secrets`: takes what older secrets encrypted under the current one. */
export async function rotateStored(config: Config, io: Io): Promise<void> {
  const secrets = await openServiceSecrets(config);
  const database = await openDatabase(config);
  try {
    const made = await rotateSecrets({ database, secrets });
    say(io, `encrypted ${made} anew under "${secrets.current}"`);
    say(io, 'restart the service without the older secrets; it must have known both until now');
    say(
      io,
      'backups made before are still encrypted under the older ones: keep those as long as the backups',
    );
  } finally {
    database.close();
  }
}

/** `withhold key log`: new signing keys for a host that has no folder to keep them in. */
export async function newLogKeys(config: Config, io: Io): Promise<void> {
  for (const name of [logOrigin(config), checkKeyName(logOrigin(config))]) {
    await write(io, `${await newSigningKey(name, random(32))}\n`);
  }
  say(io, 'these are secret: put them into WITHHOLD_LOG_KEYS of the Worker, newest first');
}
