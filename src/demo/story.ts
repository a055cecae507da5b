import { z } from 'zod';
import { type Figures, figuresOf } from '../actions/figures.ts';
import { AppError } from '../errors.ts';
import { type AdasOptOut, optOutAda } from './ada.ts';
import { apiAt } from './api.ts';
import { ada, others } from './cast.ts';
import { type FilterRun, filterDataset, sightingsOf } from './filter-run.ts';
import { type AddressLook, lookAtAddress, lookAtPictures, type PictureLook } from './looks.ts';
import { type Registration, register } from './register.ts';
import { tokenFromLetter, type World } from './world.ts';

/** Everything that happened, with every figure that is printed. */
export interface Story {
  creators: number;
  /** What the registry holds, as its transparency page counts it. */
  figures: Figures;
  ada: AdasOptOut;
  picture: PictureLook;
  domain: AddressLook;
  robots: { refused: AddressLook; allowed: AddressLook };
  filter: FilterRun;
  links: { creator: string; check: string; report: string; letters: string };
  folder: string;
  tookMs: number;
}

/**
 * Fills the registry, then does what people do with it, every step for real against the running service.
 * @param onStep told what begins, in a few words.
 * @throws AppError `unavailable` when the signal is aborted.
 */
export async function tellStory(
  world: World,
  signal: AbortSignal,
  onStep: (words: string) => void,
): Promise<Story> {
  const started = performance.now();
  const api = apiAt(world.service.url, signal);
  const step = (words: string) => {
    if (signal.aborted) throw new AppError('unavailable', 'stopped');
    onStep(words);
  };
  const registrations: Registration[] = [];
  for (const [index, member] of others.entries()) {
    step(`creators opt out: ${index + 1} of ${others.length + 1}`);
    registrations.push(await register(world, member));
  }
  step(`creators opt out: ${others.length + 1} of ${others.length + 1}`);
  const optOut = await optOutAda(world, api);
  registrations.push(optOut);

  step('a copy is looked for');
  const works = registrations.flatMap((registration) => registration.works);
  const picture = await lookAtPictures(world, api, optOut.works[0] as (typeof works)[number]);
  step('addresses are asked about');
  const domain = await lookAtAddress(api, 'https://shop.gallery.example/prints/regatta.html', 'GPTBot');
  const archived = 'https://press.example/archive/2026/harvest.jpg';
  const robots = {
    refused: await lookAtAddress(api, archived, 'GPTBot'),
    allowed: await lookAtAddress(api, archived, 'Googlebot'),
  };
  step('a dataset is made and filtered');
  const filter = await filterDataset(world, api, await sightingsOf(world, works), signal);
  await api.post('/v1/links', { email: ada.email }, z.null());

  const { origin } = world.service.deps.config;
  const check = new URLSearchParams({ url: archived, agent: 'GPTBot', usage: 'train-ai' });
  return {
    creators: registrations.length,
    figures: await figuresOf()(world.service.deps),
    ada: optOut,
    picture,
    domain,
    robots,
    filter,
    links: {
      creator: `${origin}/link/${await tokenFromLetter(world, ada.email, 'link')}`,
      check: `${origin}/check?${check}`,
      report: `${origin}/demo/report`,
      letters: `${origin}/outbox`,
    },
    folder: world.folder,
    tookMs: performance.now() - started,
  };
}
