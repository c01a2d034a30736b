/**
 * CRC-32 of `buffer` from `start` to `end`, as zlib's but signed, eight bytes a step: what most events have is shorter than a call into
 * native code, with its view of them, is worth. Hot: no object, which a number beyond 2^31 would be.
 */
export function shortCrc32(buffer: Buffer, start: number, end: number): number {
  let sum = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low =
      sum ^
      ((buffer[at] as number) |
        ((buffer[at + 1] as number) << 8) |
        ((buffer[at + 2] as number) << 16) |
        ((buffer[at + 3] as number) << 24));
    sum =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[buffer[at + 4] as number] as number) ^
      (T2[buffer[at + 5] as number] as number) ^
      (T1[buffer[at + 6] as number] as number) ^
      (T0[buffer[at + 7] as number] as number);
  }
  for (; at < end; at++)
    sum = (sum >>> 8) ^ (T0[(sum ^ (buffer[at] as number)) & 255] as number);
  return ~sum;
}

/** Of a byte, and of one that so many zero bytes follow. */
const T0 = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++)
    sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ 0xedb8_8320;
  return sum;
});
const T1 = followed(T0);
const T2 = followed(T1);
const T3 = followed(T2);
const T4 = followed(T3);
const T5 = followed(T4);
const T6 = followed(T5);
const T7 = followed(T6);

function followed(table: Int32Array): Int32Array {
  return table.map((sum) => (sum >>> 8) ^ (T0[sum & 255] as number));
}
