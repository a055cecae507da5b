import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/**
 * The text forms that bytes and numbers take in notes, proofs and leaves, read strictly: one value has one spelling,
 * so that a changed text is never the same statement. Readers return null for anything else.
 */

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const decimalPattern = /^(?:0|[1-9][0-9]{0,19})$/;
const uint64Max = 2n ** 64n - 1n;

/** Standard base 64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Reads standard base 64; null for a missing padding, other letters, or bits set behind the last byte. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!base64Pattern.test(text)) return null;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Reads lower-case hex of exactly `bytes` bytes, else null. */
export function fromHex(text: string, bytes: number): Uint8Array<ArrayBuffer> | null {
  if (text.length !== 2 * bytes || !/^[0-9a-f]*$/.test(text)) return null;
  return new Uint8Array(hexToBytes(text));
}

/** A non-negative decimal number below 2⁶⁴ without leading zeroes, else null. */
export function fromDecimal(text: string): bigint | null {
  if (!decimalPattern.test(text)) return null;
  const value = BigInt(text);
  return value <= uint64Max ? value : null;
}

export function toUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Well-formed text from UTF-8 bytes, a byte order mark kept as what it is; null for any other bytes. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
