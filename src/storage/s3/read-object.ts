import { lookAhead } from "../../format/look-ahead.ts";
import { boundsOf } from "../byte-range.ts";
import type { ByteRange } from "../object-store.ts";
import { fetchPiece, PIECE_BYTES } from "./read-piece.ts";
import type { S3Place } from "./s3-place.ts";
import { statObject } from "./stat-object.ts";
import { objectMissing } from "./s3-error.ts";

/** Pieces of one object on their way at once, beside the one that is being used. */
const PIECES_AT_ONCE = 3;

/**
 * An object in pieces, each with a buffer of its own: the first says how long the object is, the others are fetched side by side, and only
 * as long as it is the same object.
 */
export async function* readObject(
  place: S3Place,
  { key, range }: { readonly key: string; readonly range?: ByteRange },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { from, to } = boundsOf(range);
  signal.throwIfAborted();
  if (to === from) {
    const found = await statObject(place, key, signal);
    if (found === undefined) throw objectMissing(key, undefined);
    return;
  }
  const firstTo = Math.min(to, from + PIECE_BYTES);
  const first = await fetchPiece(place, { key, from, to: firstTo }, signal);
  // Beyond the end, or an empty object.
  if (first === undefined) return;
  yield first.bytes;
  const end = Math.min(to, first.sizeBytes);
  const { etag } = first;
  const jobs = function* () {
    for (let at = firstTo; at < end; at += PIECE_BYTES) {
      const piece = {
        key,
        from: at,
        to: Math.min(end, at + PIECE_BYTES),
        etag,
      };
      yield () => fetchPiece(place, piece, signal);
    }
  };
  for await (const piece of lookAhead(jobs(), PIECES_AT_ONCE)) {
    if (piece !== undefined) yield piece.bytes;
  }
}
