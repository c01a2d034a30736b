import {
  GetObjectCommand,
  type GetObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { TidemarkError } from "../../core/errors.ts";
import { sleep } from "../../platform/sleep.ts";
import { delayMs, isEnough } from "./ask.ts";
import { answerOf, statusOf } from "./s3-answer.ts";
import { objectMissing, s3Error, type Doing } from "./s3-error.ts";
import { objectAt, type S3Place } from "./s3-place.ts";

export const PIECE_BYTES = 4 * 1024 * 1024;

export interface PieceOf {
  readonly key: string;
  readonly from: number;
  /** Exclusive; may lie beyond the object's end. */
  readonly to: number;
  /** Of the object that the other pieces are of. */
  readonly etag?: string | undefined;
}

export interface Piece {
  readonly bytes: Uint8Array;
  /** Of the whole object. */
  readonly sizeBytes: number;
  readonly etag: string | undefined;
}

/**
 * Whole, or it throws: a body that was cut off is asked for again from where it ended, as often as it gets on. Undefined: the object ends
 * before `from`. Whether the bytes are right is for whoever knows their hash; the service's checksums do not cover ranges.
 */
export async function fetchPiece(
  place: S3Place,
  piece: PieceOf,
  signal: AbortSignal,
): Promise<Piece | undefined> {
  const doing: Doing = { what: `reading ${piece.key}`, right: "s3:GetObject" };
  const state: Filling = { buffer: undefined, filled: 0, etag: piece.etag };
  let sinceMs = performance.now();
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const before = state.filled;
    try {
      return await fetchRest(place, { piece, state }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TidemarkError) throw error;
      if (statusOf(error) === 416 && state.buffer === undefined) {
        return undefined;
      }
      const answer = answerOf(error);
      if (answer === "taken") throw changed(place, piece.key, error);
      if (answer === "absent" && isMissing(error)) {
        throw objectMissing(piece.key, error);
      }
      if (state.filled > before) {
        tries = 0;
        sinceMs = performance.now();
      }
      const again = answer === "unsure" || answer === "conflict";
      if (!again || isEnough(place.patience, { tries, sinceMs })) {
        throw s3Error(error, place, doing);
      }
    }
    await sleep(delayMs(place.patience, Math.max(1, tries)), signal);
  }
}

/** As a connection that breaks: no answer yet. */
class BodyCutOff extends Error {
  readonly code = "BODY_CUT_OFF";
}

interface Filling {
  /** As long as the piece is, once the object's length is known. */
  buffer: Buffer | undefined;
  filled: number;
  etag: string | undefined;
}

async function fetchRest(
  place: S3Place,
  { piece, state }: { readonly piece: PieceOf; readonly state: Filling },
  signal: AbortSignal,
): Promise<Piece> {
  const from = piece.from + state.filled;
  const command = new GetObjectCommand({
    ...objectAt(place, piece.key),
    Range: `bytes=${from}-${piece.to - 1}`,
    ...(state.etag !== undefined && { IfMatch: state.etag }),
  });
  const answer = await place.client.send(command, { abortSignal: signal });
  const body = answer.Body as AsyncIterable<Uint8Array> & {
    destroy(): void;
  };
  try {
    const sizeBytes = sizeOf(place, { key: piece.key, from }, answer);
    state.etag ??= answer.ETag;
    const length = Math.min(piece.to, sizeBytes) - piece.from;
    const buffer = (state.buffer ??= Buffer.allocUnsafeSlow(length));
    if (buffer.length !== length) throw changed(place, piece.key, undefined);
    for await (const chunk of body) {
      signal.throwIfAborted();
      if (state.filled + chunk.length > length) {
        throw odd(place, piece.key, "more bytes than it was asked for");
      }
      buffer.set(chunk, state.filled);
      state.filled += chunk.length;
    }
    if (state.filled < length) throw new BodyCutOff();
    return { bytes: buffer, sizeBytes, etag: state.etag };
  } finally {
    // A body that is not read to its end would hold its connection.
    body.destroy();
  }
}

/** Of the whole object, by the answer to a range of it. */
function sizeOf(
  place: S3Place,
  asked: { readonly key: string; readonly from: number },
  answer: GetObjectCommandOutput,
): number {
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.ContentRange ?? "");
  if (match !== null && Number(match[1]) === asked.from) {
    return Number(match[2]);
  }
  // The whole of it, where the whole may be meant.
  if (
    match === null &&
    asked.from === 0 &&
    answer.ContentLength !== undefined
  ) {
    return answer.ContentLength;
  }
  throw odd(
    place,
    asked.key,
    `${answer.ContentRange} for a range from ${asked.from}`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name !== "NoSuchBucket";
}

function odd({ url }: S3Place, key: string, what: string): TidemarkError {
  return new TidemarkError(
    "STORE_UNREACHABLE",
    `${url} answered ${what} while reading ${key}`,
    { hint: "what answers at the endpoint does not do ranges as S3 does" },
  );
}

function changed({ url }: S3Place, key: string, cause: unknown): TidemarkError {
  return new TidemarkError(
    "ARCHIVE_DAMAGED",
    `${key} became another object while it was read from ${url}`,
    {
      hint: "somebody writes into the archive; `tidemark verify` lists what is not as the catalog says",
      cause,
    },
  );
}
