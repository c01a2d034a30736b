import type { Span } from "../format/span.ts";
import type { SpillNote } from "./spill-notes.ts";

/** Kinds of notes, all at `key`. `row` arrived there; an arrival's `how` stands above its kind, and it may wait for `link`. */
export const ARRIVE = 0;
/** A row left, which older changes at `key` bring to the row that waits for `link`, if any, at the key in `row`. */
export const LEAVE = 1;
/** Neither after these changes nor before them stood a row there. */
export const VACATE = 2;
/** `row` is for the one that waits for `link`. */
export const FILL = 3;
/** What comes for `link` goes on to another key: `row` is the link there, and that key. */
export const FORWARD = 4;

const KIND_BITS = 3;
const LINK_BYTES = 4;

export function kindOf(note: SpillNote): number {
  return note.kind & ((1 << KIND_BITS) - 1);
}

export function howOf(note: SpillNote): number {
  return note.kind >>> KIND_BITS;
}

export function arrivalKind(how: number): number {
  return ARRIVE | (how << KIND_BITS);
}

/** Where what is forwarded goes. */
export interface Destination {
  readonly key: Span;
  readonly link: number;
}

export function destinationOf({ row }: SpillNote): Destination {
  const { bytes, from, to } = row;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const link = buffer.readUInt32LE(from);
  return { key: { bytes, from: from + LINK_BYTES, to }, link };
}

/** The row of a FORWARD. */
export function destinationRow({ key, link }: Destination): Span {
  const size = key.to - key.from;
  const bytes = Buffer.alloc(LINK_BYTES + size);
  bytes.writeUInt32LE(link);
  bytes.set(key.bytes.subarray(key.from, key.to), LINK_BYTES);
  return { bytes, from: 0, to: bytes.length };
}
