import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { MyRecord } from '../actions/my-opt-outs.ts';
import { AppError } from '../errors.ts';
import { CheckResponse, OptOutView, ProofView, WorkSubject } from '../http/schemas.ts';
import type { Api } from './api.ts';
import { ada } from './cast.ts';
import { paint } from './pictures.ts';
import type { RegisteredWork, Registration } from './register.ts';
import { tokenFromLetter, type World } from './world.ts';

export interface AdasOptOut extends Registration {
  /** From sending the form to the answer that told a crawler no, in milliseconds. */
  tookMs: number;
}

const Statement = z.object({ version: z.string() });
const Submitted = z.object({ id: z.string() });
const Session = z.object({ token: z.string() });

/** Ada opts out over HTTP, from her pictures to the first answer that tells a crawler of it. */
export async function optOutAda(world: World, api: Api): Promise<AdasOptOut> {
  const works: RegisteredWork[] = [];
  const subjects: object[] = [];
  for (const { label, scene, seed, size } of ada.works) {
    const file = await paint(scene, seed, size);
    await writeFile(join(world.folder, label), file);
    const work = await api.post('/v1/fingerprints', new Uint8Array(file), WorkSubject);
    works.push({ label, file, sha256: work.sha256 });
    subjects.push({ ...work, label });
  }
  const statement = await api.get('/v1/statement', Statement);

  const started = performance.now();
  const { id } = await api.post(
    '/v1/opt-outs',
    {
      name: ada.name,
      email: ada.email,
      role: 'owner',
      statement: statement.version,
      affirmed: true,
      usages: ada.usages,
      subjects: [...subjects, ...ada.addresses],
    },
    Submitted,
  );
  const token = await tokenFromLetter(world, ada.email, 'confirm');
  const session = await api.post('/v1/confirmations', { token }, Session);
  const { proofs } = await api.get(`/v1/opt-outs/${id}`, OptOutView, session.token);
  for (const { host, dns } of proofs) {
    if (!ada.proves.includes(host)) continue;
    world.sites.publish(dns.name, dns.value);
    await api.post(`/v1/proofs/${host}/check`, {}, ProofView, session.token);
  }
  await requireRefusal(api, works);
  const tookMs = performance.now() - started;

  const { records } = await api.get(`/v1/opt-outs/${id}`, OptOutView, session.token);
  return { member: ada, works, records: records as MyRecord[], tookMs };
}

/** What was just registered has to be told at once: every picture, and the domain. */
async function requireRefusal(api: Api, works: readonly RegisteredWork[]): Promise<void> {
  const items = [{ url: `https://${ada.proves[0]}/` }, ...works.map(({ sha256 }) => ({ sha256 }))];
  const { decisions } = await api.post('/v1/check', { items, usage: 'train-ai' }, CheckResponse);
  if (decisions.every(({ verdict }) => verdict === 'disallow')) return;
  throw new AppError('conflict', 'the opt-out of the story is not in force');
}
