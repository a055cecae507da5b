import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { jobs } from '../../src/actions/maintenance.ts';
import { readConfig } from '../../src/config.ts';
import type { Letter } from '../../src/deps.ts';
import { openService } from '../../src/node.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';

const person = {
  email: 'ada.lovelace@private-mail.example',
  name: 'Augusta Ada Byron',
  artist: 'The Enchantress Of Number',
  url: 'https://analytical-engine.example/notes/g-diagram.png',
  label: 'my-secret-heron.png',
  contact: 'write-to-ada@analytical-engine.example',
  licence: 'https://analytical-engine.example/terms-of-ada',
};
const digits = (what: string, length: number) =>
  createHash('sha256').update(what).digest('hex').slice(0, length);

function works(seed: number, count: number, label: string) {
  return Array.from({ length: count }, (_, n) => ({
    kind: 'work',
    label: `${n}-${label}`,
    sha256: digits(`file ${seed + n}`, 64),
    md5: digits(`md5 ${seed + n}`, 32),
    blockhash: digits(`block ${seed + n}`, 64),
    width: 800,
    height: 600,
    hasher: 'pdq/1',
    fingerprints: [{ variant: 'full', pdq: digits(`pdq ${seed + n}`, 64), quality: 100 }],
  }));
}

/** Every file below a folder, with its bytes. */
function filesOf(folder: string): [string, Buffer][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path)]);
}

function found(folder: string, needles: readonly (string | Buffer)[]): string[] {
  return filesOf(folder).flatMap(([path, bytes]) =>
    needles
      .filter((needle) => bytes.includes(needle))
      .map((needle) => `${path.slice(folder.length)}: ${needle.toString('latin1')}`),
  );
}

test('after erasing everything no file of the service holds a byte of it', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-erase-'));
  const posted: Letter[] = [];
  const service = await openService(readConfig({ WITHHOLD_DATA: folder, WITHHOLD_LOG_LEVEL: 'error' }), {
    mail: async (letter) => void posted.push(letter),
    limitScale: 1_000,
  });
  const { deps, app } = service;
  onTestFinished(async () => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (name: string) => jobs.find((job) => job.name === name)?.run(deps);
  const env = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
  const send = (path: string, method: string, json?: unknown, session?: string) => {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (session !== undefined) headers.Authorization = `Bearer ${session}`;
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    return app.request(path, { method, headers, ...body }, env);
  };
  async function optOut(email: string, subjects: object[], over: object = {}): Promise<string> {
    const submitted = await send('/v1/opt-outs', 'POST', {
      name: 'Somebody Else',
      email,
      role: 'owner',
      statement: currentStatement.version,
      affirmed: true,
      usages: { 'train-ai': 'disallow', 'style-imitation': 'disallow' },
      subjects,
      ...over,
    });
    expect(submitted.status).toBe(201);
    await run('letters');
    const token = /\/confirm\/([\w-]+)/.exec(posted.at(-1)?.text ?? '')?.[1];
    const confirmed = await send('/v1/confirmations', 'POST', { token });
    return ((await confirmed.json()) as { token: string }).token;
  }

  // Others before and behind, so that pages of the database split and move what lies on them.
  await optOut('before@example.com', works(1_000, 150, 'other.png'));
  const session = await optOut(
    person.email,
    [
      ...works(1, 200, person.label),
      { kind: 'url', value: person.url },
      { kind: 'domain', value: new URL(person.url).host },
      { kind: 'name', value: person.artist },
    ],
    { name: person.name, contact: person.contact, licence: person.licence },
  );
  await optOut('behind@example.com', works(5_000, 150, 'other.png'));
  await run('log');
  // A version more for each, so that the old ones have been replaced on their pages.
  const mine = (await (await send('/v1/opt-outs', 'GET', undefined, session)).json()) as {
    optOuts: { id: string; records: { rid: string; kind: string; log: unknown }[] }[];
  };
  const id = mine.optOuts[0]?.id ?? '';
  expect((await send(`/v1/opt-outs/${id}/withdraw`, 'POST', undefined, session)).status).toBe(200);
  expect((await send(`/v1/opt-outs/${id}/restore`, 'POST', undefined, session)).status).toBe(200);
  await run('log');
  // A letter that still waits when its reader is erased.
  await send('/v1/links', 'POST', { email: person.email });

  const database = deps.database.db;
  const own = (await database.all(
    `SELECT salt, commitment, seq FROM record_events WHERE rid IN (SELECT rid FROM records WHERE opt_out_id = '${id}')`,
  )) as { salt: string; commitment: string; seq: number | null }[];
  const ciphers = (await database.all(
    `SELECT email_cipher AS cipher FROM creators WHERE id = (SELECT creator_id FROM opt_outs WHERE id = '${id}')
     UNION ALL SELECT name_cipher FROM opt_outs WHERE id = '${id}' UNION ALL SELECT cipher FROM letters WHERE sent_at IS NULL`,
  )) as { cipher: string }[];
  const lookups = await deps.secrets.lookups(person.email);
  expect(own.length).toBeGreaterThan(600);
  expect(ciphers.length).toBe(3);
  const needles = [
    ...Object.values(person),
    'analytical-engine',
    'example,analytical-engine',
    'enchantress of number',
    ...works(1, 200, person.label).flatMap((work) => {
      const pdq = work.fingerprints[0]?.pdq ?? '';
      return [work.sha256, work.md5, work.blockhash, pdq, Buffer.from(pdq, 'hex')];
    }),
    ...own.map(({ salt }) => salt),
    ...ciphers.map(({ cipher }) => cipher),
    ...lookups,
    id,
  ];
  expect(found(folder, needles).length).toBeGreaterThan(1_000);

  expect(await (await send('/v1/me', 'DELETE', undefined, session)).json()).toEqual({
    // The domain had never been proven: withdrawing it deleted it.
    records: 202,
    everything: true,
  });
  expect(found(folder, needles)).toEqual([]);
  await run('log');
  expect(found(folder, needles)).toEqual([]);
  // The commitments stay, in the log and in the outbox: nobody can open them.
  const logged = own.find(({ seq }) => seq !== null)?.commitment ?? 'none was logged';
  expect(found(join(folder, 'log'), [logged])).not.toEqual([]);
  const erased = await database.all(
    `SELECT count(*) AS n FROM record_events WHERE leaf_type = 'erased' AND seq IS NOT NULL`,
  );
  expect(erased).toEqual([{ n: 202 }]);
});
