import { AppError } from './errors.ts';

/**
 * What the service keeps secret at rest: addresses, names and letters are encrypted, and people are found again by
 * a keyed hash. Every ciphertext and HMAC starts with the id of its key, so keys can be rotated.
 */
export interface Secrets {
  /** Id of the key that encrypts. */
  readonly current: string;
  /** AES-256-GCM; the result is `keyId.base64url(nonce ‖ ciphertext)`. */
  encrypt(text: string): Promise<string>;
  /**
   * @throws AppError `misconfigured` when the key is not among WITHHOLD_SECRETS any more.
   * @throws Error when the text is not, letter for letter, what `encrypt` gave.
   */
  decrypt(cipher: string): Promise<string>;
  /** HMAC-SHA-256 under every key, current first: store the first, look up by all. `keyId.hex`. */
  lookups(text: string): Promise<[string, ...string[]]>;
}

interface Keys {
  id: string;
  aes: CryptoKey;
  hmac: CryptoKey;
}

/**
 * @param setting `id:base64,…`, each key 32 bytes, the first is current.
 * @throws AppError `misconfigured` naming the entry that is not usable.
 */
export async function openSecrets(
  setting: string,
  random: (bytes: number) => Uint8Array<ArrayBuffer>,
): Promise<Secrets> {
  const keys = await Promise.all(setting.split(',').map((entry) => deriveKeys(entry.trim())));
  const current = keys[0];
  if (current === undefined) throw new AppError('misconfigured', 'WITHHOLD_SECRETS holds no key');
  if (new Set(keys.map((key) => key.id)).size !== keys.length) {
    throw new AppError('misconfigured', 'WITHHOLD_SECRETS names the same key id twice');
  }
  return {
    current: current.id,
    async encrypt(text) {
      const nonce = random(12);
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv: nonce },
        current.aes,
        encoder.encode(text),
      );
      const joined = new Uint8Array(12 + sealed.byteLength);
      joined.set(nonce);
      joined.set(new Uint8Array(sealed), 12);
      return `${current.id}.${toBase64Url(joined)}`;
    },
    async decrypt(cipher) {
      const dot = cipher.indexOf('.');
      const key = keys.find((candidate) => candidate.id === cipher.slice(0, dot));
      if (key === undefined) {
        throw new AppError(
          'misconfigured',
          `WITHHOLD_SECRETS lacks the key "${cipher.slice(0, Math.max(dot, 0))}"`,
        );
      }
      const joined = fromBase64Url(cipher.slice(dot + 1));
      const opened = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: joined.subarray(0, 12) },
        key.aes,
        joined.subarray(12),
      );
      return decoder.decode(opened);
    },
    async lookups(text) {
      const tags = keys.map(async (key) => {
        const tag = await crypto.subtle.sign('HMAC', key.hmac, encoder.encode(text));
        return `${key.id}.${toHex(new Uint8Array(tag))}`;
      });
      return (await Promise.all(tags)) as [string, ...string[]];
    },
  };
}

/** A new key in the form WITHHOLD_SECRETS takes. */
export function newSecret(id: string, random: (bytes: number) => Uint8Array): string {
  return `${id}:${btoa(String.fromCharCode(...random(32)))}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function deriveKeys(entry: string): Promise<Keys> {
  const match = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(entry);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AppError(
      'misconfigured',
      'WITHHOLD_SECRETS must be id:base64 of 32 bytes, several joined by commas',
    );
  }
  const raw = Uint8Array.from(atob(match[2]), (char) => char.charCodeAt(0));
  const master = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveKey']);
  // HKDF (RFC 5869) keeps the two uses of one secret apart.
  const derive = (info: string, type: AesKeyGenParams | HmacImportParams, uses: KeyUsage[]) =>
    crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(info) },
      master,
      type,
      false,
      uses,
    );
  return {
    id: match[1],
    aes: await derive('withhold encrypt', { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt']),
    hmac: await derive(
      'withhold look up',
      { name: 'HMAC', hash: 'SHA-256', length: 256 } as HmacImportParams,
      ['sign'],
    ),
  };
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  // atob ignores the bits behind the last byte, and would open several texts as one.
  if (toBase64Url(bytes) !== text) throw new Error('The ciphertext was changed');
  return bytes;
}
