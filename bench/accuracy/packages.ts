/** One Debian package of pictures: what to take from it, as endings of folders or file names inside it. */
export interface PicturePackage {
  name: string;
  /** What most of it is; reported beside the figures. */
  what: 'photos' | 'paintings' | 'clip-art' | 'stamps' | 'screenshots';
  /** Only files whose path matches are unpacked. */
  take: RegExp;
}

const picture = String.raw`\.(?:jpe?g|png|webp|avif)$`;
const inFolder = (folder: string) => new RegExp(`${folder}/.*${picture}`, 'i');

/** Debian's packages with pictures worth measuring on: made to be looked at, not sprites, icons or textures. */
export const picturePackages: readonly PicturePackage[] = [
  { name: 'gnome-backgrounds', what: 'photos', take: inFolder('backgrounds') },
  { name: 'mate-backgrounds', what: 'photos', take: inFolder('backgrounds') },
  { name: 'sway-backgrounds', what: 'photos', take: inFolder('backgrounds') },
  { name: 'ukui-wallpapers', what: 'photos', take: inFolder('backgrounds') },
  { name: 'lxqt-themes', what: 'photos', take: inFolder('wallpapers') },
  { name: 'lomiri-wallpapers-16.04', what: 'photos', take: inFolder('backgrounds') },
  { name: 'lomiri-wallpapers-20.04', what: 'photos', take: inFolder('backgrounds') },
  // Each wallpaper is there in a dozen sizes.
  {
    name: 'plasma-workspace-wallpapers',
    what: 'photos',
    take: /\/images(?:_dark)?\/(?:1920x1080|2560x1600|5120x2880)\.(?:jpe?g|png)$/,
  },
  {
    name: 'desktop-base',
    what: 'photos',
    take: new RegExp(`(?:wallpaper|lockscreen|login).*${picture}`, 'i'),
  },
  { name: 'endless-sky-data', what: 'photos', take: /\/images\/land\/.*\.jpg$/ },
  { name: 'stellarium-data', what: 'photos', take: /\/nebulae\/default\/.*\.png$/ },
  { name: 'scratch', what: 'photos', take: /\/Media\/(?:Backgrounds|Costumes)\/.*\.(?:jpe?g|png)$/i },
  { name: 'opencv-doc', what: 'photos', take: /\/examples\/data\/.*\.(?:jpe?g|png)$/i },
  { name: 'palapeli-data', what: 'photos', take: inFolder('collection') },
  { name: 'jigzo-data', what: 'photos', take: new RegExp(picture) },
  { name: 'pysiogame', what: 'photos', take: /\/images\/art4apps\/.*\.(?:jpe?g|png)$/i },
  {
    name: 'naev-data',
    what: 'paintings',
    take: /\/gfx\/(?:planet\/exterior|portraits|loading)\/.*\.(?:webp|png|jpe?g)$/,
  },
  {
    name: 'wesnoth-1.16-data',
    what: 'paintings',
    take: /\/images\/(?:portraits|story|maps)\/.*\.(?:webp|png|jpe?g)$/,
  },
  {
    name: 'wesnoth-1.16-httt',
    what: 'paintings',
    take: /\/images\/(?:portraits|story)\/.*\.(?:webp|png|jpe?g)$/,
  },
  {
    name: 'wesnoth-1.16-utbs',
    what: 'paintings',
    take: /\/images\/(?:portraits|story)\/.*\.(?:webp|png|jpe?g)$/,
  },
  {
    name: 'wesnoth-1.16-sof',
    what: 'paintings',
    take: /\/images\/(?:portraits|story)\/.*\.(?:webp|png|jpe?g)$/,
  },
  {
    name: 'wesnoth-1.16-nr',
    what: 'paintings',
    take: /\/images\/(?:portraits|story)\/.*\.(?:webp|png|jpe?g)$/,
  },
  { name: 'tuxpaint-stamps-default', what: 'stamps', take: /\/stamps\/.*\.png$/ },
  { name: 'games-thumbnails', what: 'screenshots', take: /\/thumbnails\/.*\.(?:png|jpe?g)$/ },
  { name: 'openclipart-png', what: 'clip-art', take: /\/openclipart\/png\/.*\.png$/ },
];
