// A new API key: `openk_NAME_`, then 32 random characters of base62 and 6 that are their checksum, in the form of GitHub's tokens:
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/. A scanner finds it by
// its prefix, and sees by the checksum, without asking anybody, that it is a key and no example of one.
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface NewApiKey {
  readonly key: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 190 bits. */
const RANDOM_DIGITS = 32;
const CHECKSUM_DIGITS = 6;

/** @param randomBytes as many as it is asked for, which nobody can guess */
export function createApiKey(name: string, randomBytes: (count: number) => Uint8Array): NewApiKey {
  const random = randomDigits(randomBytes);
  const key = `openk_${name}_${random}${checksum(random)}`;
  return { key, sha256: hash('sha256', key) };
}

/** CRC-32 in base62, padded with zeros. */
export function checksum(text: string): string {
  let digits = '';
  for (let rest = crc32(text); rest > 0; rest = Math.floor(rest / DIGITS.length)) {
    digits = DIGITS[rest % DIGITS.length] + digits;
  }
  return digits.padStart(CHECKSUM_DIGITS, '0');
}

function randomDigits(randomBytes: (count: number) => Uint8Array): string {
  // Above this the first digits would be more likely than the others.
  const end = 256 - (256 % DIGITS.length);
  let digits = '';
  while (digits.length < RANDOM_DIGITS) {
    for (const byte of randomBytes(RANDOM_DIGITS)) if (byte < end) digits += DIGITS[byte % DIGITS.length];
  }
  return digits.slice(0, RANDOM_DIGITS);
}
