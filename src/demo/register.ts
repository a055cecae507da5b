import { confirm } from '../actions/confirm.ts';
import { type MyRecord, myOptOut } from '../actions/my-opt-outs.ts';
import { checkProof } from '../actions/prove.ts';
import { creatorOfSession } from '../actions/sign-in.ts';
import { submit, type WorkSubject } from '../actions/submit.ts';
import { AppError } from '../errors.ts';
import { currentStatement } from '../opt-outs/statement.ts';
import type { CastMember, CastWork } from './cast.ts';
import { paint } from './pictures.ts';
import { tokenFromLetter, type World } from './world.ts';

/** A picture of the demo that was registered, with its file. */
export interface RegisteredWork {
  label: string;
  file: Buffer;
  sha256: string;
}

export interface Registration {
  member: CastMember;
  works: RegisteredWork[];
  /** As the creator sees them at the end. */
  records: MyRecord[];
}

/** Enough to keep both the painting and the reading of pictures busy. */
const picturesAtOnce = 8;

/** Lets somebody opt out by the actions the API and the pages use: pictures, letter, link, proofs. */
export async function register(world: World, member: CastMember): Promise<Registration> {
  const { deps } = world.service;
  const works: { work: RegisteredWork; subject: WorkSubject }[] = [];
  for (let from = 0; from < member.works.length; from += picturesAtOnce) {
    const some = member.works.slice(from, from + picturesAtOnce);
    works.push(...(await Promise.all(some.map((work) => readWork(world, work)))));
  }
  const { id } = await submit(deps, {
    name: member.name,
    email: member.email,
    role: 'owner',
    statement: currentStatement.version,
    usages: member.usages,
    except: member.except,
    subjects: [...works.map(({ subject }) => subject), ...member.addresses],
  });
  const session = await confirm(deps, await tokenFromLetter(world, member.email, 'confirm'));
  const creator = await creatorOfSession(deps, session.token);
  if (creator === null) throw new AppError('unauthorized', `the session of ${member.email} is not valid`);
  for (const { host, dns } of (await myOptOut(deps, creator, id)).proofs) {
    if (!member.proves.includes(host)) continue;
    world.sites.publish(dns.name, dns.value);
    await checkProof(deps, creator, host);
  }
  const { records } = await myOptOut(deps, creator, id);
  return { member, works: works.map(({ work }) => work), records };
}

async function readWork(
  world: World,
  { label, scene, seed, size }: CastWork,
): Promise<{ work: RegisteredWork; subject: WorkSubject }> {
  const { decoder } = world.service.deps;
  if (decoder === null) throw new AppError('decoder-unavailable', 'the demo needs a picture decoder');
  const file = await paint(scene, seed, size);
  const { work } = await decoder.fingerprint(file);
  return { work: { label, file, sha256: work.sha256 }, subject: { kind: 'work', label, ...work } };
}
