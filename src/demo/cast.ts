import type { AddressSubject } from '../actions/submit.ts';
import type { Preference, Usage } from '../consent/evidence.ts';
import type { Size } from './pictures.ts';
import { type SceneName, sceneNames } from './scenes.ts';

/** A picture somebody in the demo has made: where its pixels come from and what it is called. */
export interface CastWork {
  label: string;
  scene: SceneName;
  seed: number;
  size: Size;
}

/** One creator of the demo and what they register. */
export interface CastMember {
  name: string;
  email: string;
  usages: Partial<Record<Usage, Preference>>;
  except: string[];
  works: CastWork[];
  addresses: AddressSubject[];
  /** Hosts for which they publish the proof. */
  proves: string[];
}

const reserved: CastMember['usages'] = {
  'train-ai': 'disallow',
  'ai-use': 'disallow',
  'style-imitation': 'disallow',
};

const titles = [
  'harbour-at-dusk',
  'blue-town',
  'last-hills',
  'four-plums',
  'under-the-pines',
  'red-marble',
  'regatta',
  'market-street',
  'morning-ridge',
  'lemons',
  'birches',
  'green-marble',
] as const;

const adasScenes: readonly SceneName[] = ['harbour', 'town', 'hills', 'still-life', 'forest', 'marble'];

/** The creator whose story is told. */
export const ada: CastMember = {
  name: 'Ada Example',
  email: 'ada@gallery.example',
  usages: reserved,
  except: [],
  works: titles.map((title, index) => ({
    label: `${title}.jpg`,
    scene: adasScenes[index % adasScenes.length] as SceneName,
    seed: 1_001 + index,
    size: { width: 640, height: 420 },
  })),
  addresses: [
    { kind: 'domain', value: 'gallery.example' },
    { kind: 'url', value: 'https://fair.example/booths/ada.html' },
    { kind: 'name', value: 'Ada Example' },
  ],
  proves: ['gallery.example'],
};

const firstNames = [
  ...['Ben', 'Chiara', 'Dov', 'Emeka', 'Farida', 'Goran', 'Hana', 'Ines', 'Jonas', 'Kaya', 'Lien', 'Mateo'],
  ...['Nadia', 'Olu', 'Petra', 'Quinn', 'Rosa', 'Sami', 'Tove', 'Uma', 'Viktor', 'Wanda', 'Xiadani', 'Yusuf'],
];
const crafts = ['paints', 'draws', 'prints', 'carves', 'weaves', 'photographs'];
const worksEach = 10;
const smallSizes: readonly Size[] = [
  { width: 168, height: 112 },
  { width: 112, height: 156 },
  { width: 132, height: 132 },
];

/** The home page of each of the others, and the shop in which they sell. */
export const homes = firstNames.map(
  (name, index) => `${name.toLowerCase()}-${crafts[index % crafts.length]}.example`,
);
export const shops = firstNames.map((name) => `${name.toLowerCase()}-shop.example`);

/** Every fourth has not proven their addresses; some say no to search only, or make an exception for OpenAI. */
const creators = firstNames.map((name, index): CastMember => {
  const home = homes[index] as string;
  const shop = shops[index] as string;
  return {
    name: `${name} Example`,
    email: `${name.toLowerCase()}@${home}`,
    usages: index % 8 === 6 ? { search: 'disallow' } : reserved,
    except: index % 8 === 5 ? ['OpenAI'] : [],
    works: Array.from({ length: worksEach }, (_, work) => ({
      label: `${name.toLowerCase()}-${work + 1}.jpg`,
      scene: sceneNames[(index + work) % sceneNames.length] as SceneName,
      seed: 10_000 + index * worksEach + work,
      size: smallSizes[work % smallSizes.length] as Size,
    })),
    addresses: [
      { kind: 'domain', value: home },
      { kind: 'prefix', value: `${shop}/art` },
      { kind: 'prefix', value: `${shop}/sketches/` },
      { kind: 'url', value: featuredOf(shop) },
      { kind: 'url', value: boothOf(name) },
    ],
    proves: index % 4 === 3 ? [] : [home, shop],
  };
});

/** A page of a fair that its exhibitors name without being able to prove it is theirs. */
function boothOf(name: string): string {
  return `https://fair.example/booths/${name.toLowerCase()}.html`;
}

/** One page of a shop outside the folders that are registered. */
function featuredOf(shop: string): string {
  return `https://${shop}/featured/1.jpg`;
}

/** Somebody who says yes, for a domain of their own. */
const openPictures: CastMember = {
  name: 'Open Pictures Example',
  email: 'hello@open.example',
  usages: { 'train-ai': 'allow', 'ai-use': 'allow' },
  except: [],
  works: [],
  addresses: [{ kind: 'domain', value: 'open.example' }],
  proves: ['open.example'],
};

/** Everybody but Ada. */
export const others: readonly CastMember[] = [...creators, openPictures];

/** Every address that somebody registered by itself. */
export const namedUrls = [...firstNames.map(boothOf), ...shops.map(featuredOf)];
