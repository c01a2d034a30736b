import type { Span } from "../format/span.ts";

/**
 * Of the whole key, another one on every level: keys that share a partition part on the next. (The hash of a KeyTable would
 * not do: it leaves most of a key's last byte out.)
 */
export function spillHash(key: Span, level: number): number {
  const { bytes, from, to } = key;
  let hash = Math.imul(level + 1, 0x9e3779b1) ^ (to - from);
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = mix(hash, word);
  }
  let word = 0;
  for (; at < to; at++) word = (word << 8) | (bytes[at] as number);
  hash = mix(hash, word);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ hash;
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) | 0;
}
