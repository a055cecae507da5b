import { AppError } from '../errors.ts';
import { fromBase64, fromHex, toBase64, toHex, toUtf8 } from './encoding.ts';
import { sha256 } from './hash.ts';

/** Ed25519 as C2SP signed-note assigns it; no other type is supported. */
const ed25519Type = 0x01;
const publicKeyBytes = 32;
const seedBytes = 32;
const keyIdBytes = 4;
/** Longest key name, in UTF-16 units. */
export const keyNameCharsMax = 256;

/** A public key as notes name it. */
export interface NoteKey {
  name: string;
  /** First four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), as 8 lower-case hex digits. */
  id: string;
  publicKey: Uint8Array<ArrayBuffer>;
  /** The verifier key: `name+id+base64(0x01 ‖ public key)`. */
  vkey: string;
}

/** A key that signs. The private part stays inside. */
export interface NoteSigner {
  key: NoteKey;
  /** @returns the Ed25519 signature (RFC 8032) over the UTF-8 of the text, 64 bytes. */
  sign(text: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Whether a note may carry this key name: not empty, no plus, no Unicode space, no control character. */
export function isKeyName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= keyNameCharsMax &&
    name.isWellFormed() &&
    !/[+\p{White_Space}\p{Cc}]/u.test(name)
  );
}

/**
 * The key with a name and a public key.
 *
 * @param publicKey 32 bytes (RFC 8032).
 * @throws AppError `invalid` for a name that notes cannot carry, or another length.
 */
export function noteKey(name: string, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name)) {
    throw new AppError('invalid', 'This is not the name of a key.', {
      fix: `Use at most ${keyNameCharsMax} characters without spaces and plus signs.`,
    });
  }
  if (publicKey.length !== publicKeyBytes) {
    throw new AppError('invalid', `An Ed25519 public key has ${publicKeyBytes} bytes.`);
  }
  const typed = typedBytes(publicKey);
  const id = keyId(name, typed);
  return { name, id, publicKey: typed.slice(1), vkey: `${name}+${id}+${toBase64(typed)}` };
}

function typedBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const typed = new Uint8Array(1 + bytes.length);
  typed[0] = ed25519Type;
  typed.set(bytes, 1);
  return typed;
}

function keyId(name: string, typed: Uint8Array): string {
  const prefix = toUtf8(`${name}\n`);
  const message = new Uint8Array(prefix.length + typed.length);
  message.set(prefix);
  message.set(typed, prefix.length);
  return toHex(sha256(message).subarray(0, keyIdBytes));
}

/**
 * Reads a verifier key (C2SP signed-note).
 *
 * @throws AppError `invalid` for another form, another type than Ed25519, or an id that is not the key's.
 */
export function parseVerifierKey(vkey: string): NoteKey {
  const [name, id, coded, ...rest] = vkey.split('+');
  // Base 64 has plus signs of its own; a name has none.
  const typed = coded === undefined ? null : fromBase64([coded, ...rest].join('+'));
  if (name === undefined || id === undefined || typed === null || fromHex(id, keyIdBytes) === null) {
    throw new AppError('invalid', 'This is not a verifier key.', {
      fix: 'Give name+id+key in one line, as the log publishes it.',
    });
  }
  if (typed[0] !== ed25519Type) throw new AppError('invalid', 'Only Ed25519 verifier keys are supported.');
  const key = noteKey(name, typed.slice(1));
  if (key.id === id) return key;
  throw new AppError('invalid', 'The id in the verifier key does not belong to its name and key.');
}

/** Whether a signature is this key's over the text. Never throws for any signature. */
export async function isSignedBy(key: NoteKey, text: string, signature: Uint8Array): Promise<boolean> {
  if (signature.length !== 64) return false;
  const { subtle } = globalThis.crypto;
  try {
    const publicKey = await subtle.importKey('raw', key.publicKey, 'Ed25519', false, ['verify']);
    return await subtle.verify('Ed25519', publicKey, new Uint8Array(signature), toUtf8(text));
  } catch {
    // A public key that is no point of the curve is refused by some runtimes at import.
    return false;
  }
}

// PKCS #8 header of an Ed25519 private key (RFC 8410 §7): what WebCrypto imports a bare seed behind.
const pkcs8Header = '302e020100300506032b657004220420';

/**
 * A new signing key in the text form of Go's note package: `PRIVATE+KEY+name+id+base64(0x01 ‖ seed)`.
 *
 * @param seed 32 random bytes.
 * @throws AppError `invalid` for a name that notes cannot carry, or another length of seed.
 */
export async function newSigningKey(name: string, seed: Uint8Array): Promise<string> {
  const { key } = await signerOf(name, seed);
  return `PRIVATE+KEY+${name}+${key.id}+${toBase64(typedBytes(seed))}`;
}

/**
 * Reads a signing key. No message repeats any part of it.
 *
 * @throws AppError `invalid` for another form, or an id that is not the key's.
 */
export async function parseSigningKey(text: string): Promise<NoteSigner> {
  const [, name, id, coded] = /^PRIVATE\+KEY\+([^+]+)\+([^+]+)\+(.+)$/.exec(text.trimEnd()) ?? [];
  const typed = coded === undefined ? null : fromBase64(coded);
  if (name === undefined || typed === null || typed[0] !== ed25519Type) {
    throw new AppError('invalid', 'This is not an Ed25519 signing key.');
  }
  const signer = await signerOf(name, typed.slice(1));
  if (signer.key.id === id) return signer;
  throw new AppError('invalid', 'The id in the signing key does not belong to its name and key.');
}

async function signerOf(name: string, seed: Uint8Array): Promise<NoteSigner> {
  if (seed.length !== seedBytes) throw new AppError('invalid', `A signing key has ${seedBytes} bytes.`);
  const header = fromHex(pkcs8Header, pkcs8Header.length / 2) ?? new Uint8Array();
  const pkcs8 = new Uint8Array(header.length + seedBytes);
  pkcs8.set(header);
  pkcs8.set(seed, header.length);
  const { subtle } = globalThis.crypto;
  // Extractable for one purpose: WebCrypto gives the public key of a private one only by exporting it.
  const exportable = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const { x } = (await subtle.exportKey('jwk', exportable)) as JsonWebKey;
  const publicKey = fromBase64(`${(x ?? '').replaceAll('-', '+').replaceAll('_', '/')}=`);
  const key = noteKey(name, publicKey ?? new Uint8Array());
  const privateKey = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  return {
    key,
    sign: async (text) => new Uint8Array(await subtle.sign('Ed25519', privateKey, toUtf8(text))),
  };
}
