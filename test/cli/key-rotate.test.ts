import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { confirm } from '../../src/actions/confirm.ts';
import { deliverLetters } from '../../src/actions/letters.ts';
import { recordReceipt } from '../../src/actions/receipts.ts';
import { readLeaves, readPublished, sequence } from '../../src/actions/sequence.ts';
import { creatorOfSession, requestLink } from '../../src/actions/sign-in.ts';
import { submit } from '../../src/actions/submit.ts';
import { readConfig } from '../../src/config.ts';
import type { Deps, Letter } from '../../src/deps.ts';
import { parseSigningKey } from '../../src/log/note-key.ts';
import { verifyReceipt } from '../../src/log/receipt.ts';
import { openService } from '../../src/node.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { newSecret } from '../../src/secrets.ts';
import { run } from './run.ts';

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const [older, newer] = [newSecret('2026', random), newSecret('2027', random)];

let folder: string;
let posted: Letter[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-rotate-'));
  posted = [];
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
});

const envOf = (secrets = older) => ({
  WITHHOLD_DATA: folder,
  WITHHOLD_SECRETS: secrets,
  WITHHOLD_LOG_LEVEL: 'error',
});

/** One life of the service, from start to stop. */
async function during<T>(act: (deps: Deps) => Promise<T>, secrets = older): Promise<T> {
  const mail = async (letter: Letter) => void posted.push(letter);
  const service = await openService(readConfig(envOf(secrets)), { mail });
  try {
    return await act(service.deps);
  } finally {
    await service.close();
  }
}

async function optOut(deps: Deps, value: string): Promise<{ creator: string; rid: string }> {
  const { rids } = await submit(deps, {
    name: 'Ada Example',
    email: 'ada@example.com',
    role: 'owner',
    statement: currentStatement.version,
    usages: { 'style-imitation': 'disallow' },
    subjects: [{ kind: 'name', value }],
  });
  await deliverLetters(deps);
  const { token } = await confirm(deps, /\/confirm\/([\w-]+)/.exec(posted.at(-1)?.text ?? '')?.[1] ?? '');
  return { creator: (await creatorOfSession(deps, token)) ?? '', rid: rids[0] ?? '' };
}

const rotate = (args: string[] = [], secrets = older) =>
  run(['key', 'rotate', ...args], { env: envOf(secrets) });

const signedBy = async ({ consentLog }: Deps) =>
  (await readPublished(consentLog))?.signedBy.map(({ vkey }) => vkey) ?? [];

describe('withhold key rotate', () => {
  test('old and new key overlap, the log names the new one, and old receipts stay good', async () => {
    const policyOf = ({ consentLog }: Deps) => ({ logs: consentLog.keys.map((key) => ({ key, url: null })) });
    const first = await during(async (deps) => {
      const { creator, rid } = await optOut(deps, 'Ada One');
      await sequence(deps);
      const { text } = await recordReceipt(deps, creator, rid);
      return { receipt: text, keys: await signedBy(deps) };
    });
    const begun = await rotate();
    expect([begun.code, begun.stderr]).toEqual([0, expect.stringContaining('restart the service')]);
    const added = begun.stdout.trim();
    expect(statSync(join(folder, 'log-key')).mode & 0o777).toBe(0o600);
    expect((await rotate()).stderr).toContain('two keys sign already');
    expect((await rotate(['--finish'])).stderr).toContain('has not signed a checkpoint yet');

    await during(async (deps) => {
      expect(await sequence(deps)).toBe(1);
      expect(await signedBy(deps)).toEqual([added, ...first.keys]);
      const [leaf] = await readLeaves(deps.consentLog, 2, 3);
      expect(leaf?.leaf).toMatchObject({ type: 'key', key: added });
      expect(await sequence(deps)).toBe(0);
    });

    const finished = await rotate(['--finish']);
    expect([finished.code, finished.stdout.trim()]).toEqual([0, added]);
    const file = readFileSync(join(folder, 'log-key'), 'utf8');
    expect(file).toContain(`# retired ${first.keys[0]}\n`);
    expect(file.match(/^PRIVATE\+KEY\+localhost:8787\/log\+/gm)?.length).toBe(1);
    expect((await rotate(['--finish'])).stderr).toContain('nothing to end');

    await during(async (deps) => {
      await optOut(deps, 'Ada Two');
      expect(await sequence(deps)).toBe(1);
      expect(await signedBy(deps)).toEqual([added]);
      expect(deps.consentLog.keys.map(({ vkey }) => vkey)).toEqual([added, ...first.keys]);
      expect((await verifyReceipt(first.receipt, policyOf(deps))).ok).toBe(true);
    });
    // And once more, over a file that has a retired key in it.
    expect((await rotate()).code).toBe(0);
    await during(async (deps) => {
      expect(await sequence(deps)).toBe(1);
      expect(deps.consentLog.keys.length).toBe(3);
    });
  });

  test('wants a key that is there', async () => {
    const { code, stderr } = await rotate();
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no key of localhost:8787/log')]);
  });

  test('key log prints what a Worker takes', async () => {
    const { code, stdout } = await run(['key', 'log'], { env: envOf() });
    const keys = await Promise.all(stdout.trim().split('\n').map(parseSigningKey));
    expect([code, ...keys.map(({ key }) => key.name)]).toEqual([
      0,
      'localhost:8787/log',
      'localhost:8787/check',
    ]);
  });
});

describe('withhold key rotate --secrets', () => {
  test('afterwards the older secret can go: addresses, names and letters are read, people found', async () => {
    await during(async (deps) => {
      await optOut(deps, 'Ada One');
      await requestLink(deps, 'ada@example.com');
    });
    const both = `${newer},${older}`;
    const { code, stderr } = await rotate(['--secrets'], both);
    expect([code, stderr]).toEqual([0, expect.stringContaining('encrypted 4 anew under "2027"')]);
    expect(stderr).toContain('restart the service');
    expect((await rotate(['--secrets'], both)).stderr).toContain('encrypted 0 anew');
    await during(async (deps) => {
      expect(await deliverLetters(deps)).toBe(1);
      expect(posted.at(-1)).toMatchObject({ to: 'ada@example.com', subject: 'Your link to your opt-outs' });
      await requestLink(deps, 'ada@example.com');
      expect(await deliverLetters(deps)).toBe(1);
      const again = await optOut(deps, 'Ada Two');
      const creators = await deps.database.db.all('SELECT id FROM creators');
      expect(creators).toEqual([{ id: again.creator }]);
    }, newer);
    const bytes = readFileSync(join(folder, 'withhold.sqlite'), 'latin1');
    expect(bytes).not.toContain('2026.');
  });

  test('changes nothing when a secret that is needed is missing', async () => {
    await during(async (deps) => {
      await optOut(deps, 'Ada One');
    });
    const { code, stderr } = await rotate(['--secrets'], newer);
    expect([code, stderr]).toEqual([2, expect.stringContaining('WITHHOLD_SECRETS lacks the key "2026"')]);
    expect((await rotate(['--secrets'], `${newer},${older}`)).stderr).toContain('encrypted 3 anew');
  });

  test('of two thousand rows each is done once', async () => {
    await during(async (deps) => {
      for (let n = 0; n < 3; n += 1) await optOut(deps, `Ada ${n}`);
      const cipher = await deps.secrets.encrypt(
        JSON.stringify({ to: 'x@example.com', subject: '', text: '' }),
      );
      await deps.database.db.run(
        `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2000)
         INSERT INTO letters (id, cipher, created_at, next_attempt_at)
         SELECT printf('%06d', value), '${cipher}', '2026', '2026' FROM n`,
      );
    });
    expect((await rotate(['--secrets'], `${newer},${older}`)).stderr).toContain('encrypted 2007 anew');
  });
});
