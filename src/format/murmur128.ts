const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

export const MURMUR_BLOCK = 16;

/**
 * MurmurHash3_x86_128 with seed 0 (Austin Appleby, SMHasher), in pieces: `blocks` any number of times, then `finish` with
 * the bytes that are left. The result is in `h1` … `h4`, which `reset` clears.
 */
export class Murmur128 {
  h1 = 0;
  h2 = 0;
  h3 = 0;
  h4 = 0;
  private length = 0;

  reset(): void {
    this.h1 = 0;
    this.h2 = 0;
    this.h3 = 0;
    this.h4 = 0;
    this.length = 0;
  }

  /** The whole blocks between `from` and `to`; says where the rest begins. */
  blocks(view: DataView, from: number, to: number): number {
    let { h1, h2, h3, h4 } = this;
    let at = from;
    for (const last = to - MURMUR_BLOCK; at <= last; at += MURMUR_BLOCK) {
      h1 ^= word1(view.getInt32(at, true));
      h1 = ((h1 << 19) | (h1 >>> 13)) + h2;
      h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0;
      h2 ^= word2(view.getInt32(at + 4, true));
      h2 = ((h2 << 17) | (h2 >>> 15)) + h3;
      h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0;
      h3 ^= word3(view.getInt32(at + 8, true));
      h3 = ((h3 << 15) | (h3 >>> 17)) + h4;
      h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0;
      h4 ^= word4(view.getInt32(at + 12, true));
      h4 = ((h4 << 13) | (h4 >>> 19)) + h1;
      h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0;
    }
    this.h1 = h1;
    this.h2 = h2;
    this.h3 = h3;
    this.h4 = h4;
    this.length += at - from;
    return at;
  }

  /** Fewer than 16 bytes. */
  finish(view: DataView, from: number, to: number): void {
    const rest = to - from;
    const length = this.length + rest;
    let h1 = this.h1 ^ length;
    let h2 = this.h2 ^ length;
    let h3 = this.h3 ^ length;
    let h4 = this.h4 ^ length;
    if (rest > 0) h1 ^= word1(partWord(view, from, to));
    if (rest > 4) h2 ^= word2(partWord(view, from + 4, to));
    if (rest > 8) h3 ^= word3(partWord(view, from + 8, to));
    if (rest > 12) h4 ^= word4(partWord(view, from + 12, to));
    h1 = (h1 + h2 + h3 + h4) | 0;
    h2 = (h2 + h1) | 0;
    h3 = (h3 + h1) | 0;
    h4 = (h4 + h1) | 0;
    h1 = finalMix(h1);
    h2 = finalMix(h2);
    h3 = finalMix(h3);
    h4 = finalMix(h4);
    h1 = (h1 + h2 + h3 + h4) | 0;
    this.h1 = h1;
    this.h2 = (h2 + h1) | 0;
    this.h3 = (h3 + h1) | 0;
    this.h4 = (h4 + h1) | 0;
  }
}

function word1(word: number): number {
  const k = Math.imul(word, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

function word2(word: number): number {
  const k = Math.imul(word, C2);
  return Math.imul((k << 16) | (k >>> 16), C3);
}

function word3(word: number): number {
  const k = Math.imul(word, C3);
  return Math.imul((k << 17) | (k >>> 15), C4);
}

function word4(word: number): number {
  const k = Math.imul(word, C4);
  return Math.imul((k << 18) | (k >>> 14), C1);
}

/** Up to four bytes, little-endian, filled up with zeros. */
function partWord(view: DataView, from: number, to: number): number {
  if (to - from >= 4) return view.getInt32(from, true);
  let word = 0;
  for (let at = to - 1; at >= from; at--)
    word = (word << 8) | view.getUint8(at);
  return word;
}

function finalMix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
