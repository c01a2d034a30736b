import { TidemarkError } from "../../core/errors.ts";
import { sleep } from "../../platform/sleep.ts";
import { delayMs, isEnough } from "./ask.ts";
import { answerOf } from "./s3-answer.ts";
import { s3Error, type Doing } from "./s3-error.ts";
import type { S3Place } from "./s3-place.ts";
import { headObject } from "./stat-object.ts";

/** The name under which an object says which call made it; no other call ever has the same. */
const CALL = "tidemark-create";

export interface NewObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Random, one per call of `create`. */
  readonly call: string;
}

/** What is sent with an object's first byte. */
export function createMetadata({ call }: NewObject): Record<string, string> {
  return { [CALL]: call };
}

export interface SentCreate {
  readonly object: NewObject;
  /** Sends the one request that makes the object where there is none: the same one each time. */
  readonly send: (how: { readonly abortSignal: AbortSignal }) => Promise<void>;
}

/**
 * Sends a conditional create until an answer is certain. True: the object is ours, whole. False: a conflict with another writer, and
 * `send` cannot be repeated. A lost answer says nothing, and neither does a 404 after it, because the write may still be on its way: so
 * the same request goes out again until the service says yes, or that the object exists. In the second case it may be the work of an
 * earlier try, or of a proxy that sent this one twice, and the object itself says whose it is. When this throws anything but
 * OBJECT_EXISTS, the object may be there, now or later.
 */
export async function sendCreate(
  place: S3Place,
  create: SentCreate & { readonly repeatable: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const { object, repeatable, send } = create;
  const doing = creating(object.key);
  const sinceMs = performance.now();
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      await send({ abortSignal: signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const answer = answerOf(error);
      switch (answer) {
        case "refused":
          throw s3Error(error, place, doing);
        case "taken":
          if (await isOurs(place, object, signal)) return true;
          throw taken(object.key, error);
        case "absent":
          // An upload that was completed is there no more; nor is one that was aborted.
          if (await isOurs(place, object, signal)) return true;
          throw s3Error(error, place, doing);
        case "conflict":
          if (!repeatable) return isOurs(place, object, signal);
          break;
        case "unsure":
          break;
        default:
          answer satisfies never;
      }
      if (isEnough(place.patience, { tries, sinceMs })) {
        throw s3Error(error, place, doing);
      }
    }
    await sleep(delayMs(place.patience, tries), signal);
  }
}

export function creating(key: string): Doing {
  return { what: `creating ${key}`, right: "s3:PutObject" };
}

async function isOurs(
  place: S3Place,
  object: NewObject,
  signal: AbortSignal,
): Promise<boolean> {
  const { key, sizeBytes, call } = object;
  const found = await headObject(place, key, signal);
  if (found?.Metadata?.[CALL] !== call) return false;
  if (found.ContentLength === sizeBytes) return true;
  throw new TidemarkError(
    "INTERNAL",
    `${key} was stored with ${found.ContentLength} bytes instead of ${sizeBytes} in ${place.url}`,
    {
      hint: "this store does not keep what it is sent: use another, and tell its maker",
    },
  );
}

function taken(key: string, cause: unknown): TidemarkError {
  return new TidemarkError(
    "OBJECT_EXISTS",
    `there is an object ${key} already`,
    { cause },
  );
}
