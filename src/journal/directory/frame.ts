import { crc32 } from "node:zlib";

/**
 * frame = one append = one write = one fdatasync, little-endian
 *   0  4  bodyLength
 *   4  4  crc32(salt ‖ bytes 0..3 ‖ bytes 8..16+bodyLength)
 *   8  8  frame number, +1 each, on across files
 *  16  …  body: ( u32 length · item )*
 * The first item of a file's first frame is its start (records/history-start.ts); every other item is a journal record.
 */
export const FRAME_HEADER_BYTES = 16;
export const ITEM_HEADER_BYTES = 4;

/** Items from this size on are written from where they lie instead of being copied beside the others. */
const COPY_BELOW_BYTES = 1024 * 1024;
/** A buffer up to this size is kept from frame to frame. */
const KEEP_BYTES = 8 * 1024 * 1024;

export interface FrameIdentity {
  readonly number: number;
  /** crc32 of the file's salt: where every checksum of the file starts. */
  readonly seed: number;
}

/** Lays frames out for one vectored write. What `encode` gives is valid until the next call. */
export class FrameEncoder {
  private kept = Buffer.allocUnsafeSlow(64 * 1024);

  encode(items: readonly Uint8Array[], identity: FrameIdentity): Uint8Array[] {
    let bodyLength = 0;
    let copied = FRAME_HEADER_BYTES;
    for (const item of items) {
      bodyLength += ITEM_HEADER_BYTES + item.length;
      copied += ITEM_HEADER_BYTES;
      if (item.length < COPY_BELOW_BYTES) copied += item.length;
    }
    const buffer = this.bufferOf(copied);
    buffer.writeUInt32LE(bodyLength, 0);
    buffer.writeBigUInt64LE(BigInt(identity.number), 8);
    const pieces = layOut(items, buffer.subarray(0, copied));
    buffer.writeUInt32LE(checksum(pieces, identity.seed), 4);
    return pieces;
  }

  private bufferOf(size: number): Buffer {
    if (size <= this.kept.length) return this.kept;
    const grown = Buffer.allocUnsafeSlow(
      size > KEEP_BYTES ? size : Math.min(KEEP_BYTES, size * 2),
    );
    if (grown.length <= KEEP_BYTES) this.kept = grown;
    return grown;
  }
}

function layOut(items: readonly Uint8Array[], buffer: Buffer): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  let at = FRAME_HEADER_BYTES;
  for (const item of items) {
    at = buffer.writeUInt32LE(item.length, at);
    if (item.length < COPY_BELOW_BYTES) {
      buffer.set(item, at);
      at += item.length;
    } else {
      pieces.push(buffer.subarray(from, at), item);
      from = at;
    }
  }
  if (from < at) pieces.push(buffer.subarray(from, at));
  return pieces;
}

function checksum(pieces: readonly Uint8Array[], seed: number): number {
  const [first, ...rest] = pieces as [Uint8Array, ...Uint8Array[]];
  let sum = crc32(first.subarray(8), crc32(first.subarray(0, 4), seed));
  for (const piece of rest) sum = crc32(piece, sum);
  return sum;
}

/** Whether the bytes from `at` on, which hold the whole frame, are the frame that `identity` says. */
export function isFrame(
  bytes: Buffer,
  at: number,
  identity: FrameIdentity,
): boolean {
  if (Number(bytes.readBigUInt64LE(at + 8)) !== identity.number) return false;
  const end = at + FRAME_HEADER_BYTES + bytes.readUInt32LE(at);
  const sum = crc32(
    bytes.subarray(at + 8, end),
    crc32(bytes.subarray(at, at + 4), identity.seed),
  );
  return sum === bytes.readUInt32LE(at + 4);
}

/**
 * Gives `read` the place of each item of a body, in order. Throws RangeError when they do not fill it exactly. No view of each: small
 * ones come by the million.
 */
export function forEachItem(
  body: Buffer,
  read: (from: number, to: number) => void,
): void {
  let at = 0;
  while (at < body.length) {
    if (at + ITEM_HEADER_BYTES > body.length)
      throw new RangeError("a frame ends inside an item's length");
    const from = at + ITEM_HEADER_BYTES;
    at = from + body.readUInt32LE(at);
    if (at > body.length) throw new RangeError("a frame ends inside an item");
    read(from, at);
  }
}
