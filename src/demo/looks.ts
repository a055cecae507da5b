import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { DecisionView, WorkSubject } from '../http/schemas.ts';
import type { Api } from './api.ts';
import { type Copying, copyOf, paint, type Size } from './pictures.ts';
import type { RegisteredWork } from './register.ts';
import type { World } from './world.ts';

export interface PictureFile extends Size {
  path: string;
  bytes: number;
  pdq: string;
}

export interface PictureLook {
  label: string;
  original: PictureFile;
  copying: Copying;
  copy: PictureFile;
  /** What the registry says of the copy, asked by its PDQ hash alone. */
  found: DecisionView;
  stranger: PictureFile;
  /** What it says of a picture nobody has registered. */
  unknown: DecisionView;
}

/** A registered picture comes back smaller and saved again; another picture comes for the first time. */
export async function lookAtPictures(world: World, api: Api, work: RegisteredWork): Promise<PictureLook> {
  const copying = 'half size, JPEG 60';
  const place = (label: string) => join(world.folder, label);
  const original = await pictureFile(api, place(work.label), work.file);
  const copyName = work.label.replace('.jpg', '-half.jpg');
  const copy = await pictureFile(api, place(copyName), await copyOf(work.file, copying));
  const file = await paint('town', 77_777, { width: 640, height: 420 });
  const stranger = await pictureFile(api, place('nobodys-town.jpg'), file);
  const ask = ({ pdq }: PictureFile) => api.get(`/v1/check?${new URLSearchParams({ pdq })}`, DecisionView);
  return {
    label: work.label,
    original,
    copying,
    copy,
    found: await ask(copy),
    stranger,
    unknown: await ask(stranger),
  };
}

async function pictureFile(api: Api, path: string, file: Buffer): Promise<PictureFile> {
  await writeFile(path, file);
  const { width, height } = await sharp(file).metadata();
  const { fingerprints } = await api.post('/v1/fingerprints', new Uint8Array(file), WorkSubject);
  const pdq = fingerprints.find(({ variant }) => variant === 'full')?.pdq ?? '';
  return { path, bytes: file.length, width, height, pdq };
}

export interface AddressLook {
  url: string;
  agent: string;
  decision: DecisionView;
}

/** Asks about one address for one crawler, robots.txt fetched if it is not known. */
export async function lookAtAddress(api: Api, url: string, agent: string): Promise<AddressLook> {
  const query = new URLSearchParams({ url, agent, usage: 'train-ai' });
  return { url, agent, decision: await api.get(`/v1/check?${query}`, DecisionView) };
}
