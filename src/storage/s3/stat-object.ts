import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type HeadObjectCommandOutput,
} from "@aws-sdk/client-s3";
import type { ObjectInfo } from "../object-store.ts";
import { ask } from "./ask.ts";
import { answerOf, statusOf } from "./s3-answer.ts";
import type { Doing } from "./s3-error.ts";
import { objectAt, type S3Place } from "./s3-place.ts";

export async function statObject(
  place: S3Place,
  key: string,
  signal: AbortSignal,
): Promise<ObjectInfo | undefined> {
  const found = await headObject(place, key, signal);
  return found === undefined ? undefined : infoOf(key, found);
}

/** Undefined: there is none. Whether there is a bucket is for `requireBucket` to say: a HEAD is answered alike without one. */
export async function headObject(
  place: S3Place,
  key: string,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  return ask(
    place,
    {
      ...lookingAt(key),
      send: async (how) => {
        try {
          return await place.client.send(
            new HeadObjectCommand(objectAt(place, key)),
            how,
          );
        } catch (error) {
          if (answerOf(error) === "absent") return undefined;
          throw await explain(place, { key, error }, how.abortSignal);
        }
      },
    },
    signal,
  );
}

/** Throws NOT_FOUND, and whatever forbids a listing. */
export async function requireBucket(
  place: S3Place,
  signal: AbortSignal,
): Promise<void> {
  await ask(
    place,
    {
      what: "looking for the bucket",
      right: "s3:ListBucket",
      send: (how) =>
        place.client.send(
          new ListObjectsV2Command({
            Bucket: place.bucket,
            Prefix: place.prefix,
            MaxKeys: 1,
          }),
          how,
        ),
    },
    signal,
  );
}

function lookingAt(key: string): Doing {
  return {
    what: `looking at ${key}`,
    // Without the second right an object that is not there is answered as forbidden.
    right: "s3:GetObject and s3:ListBucket",
  };
}

/** The answer to a HEAD has no body and so no code: where it refuses, the same is asked by a GET, which says why. */
async function explain(
  place: S3Place,
  { key, error }: { readonly key: string; readonly error: unknown },
  abortSignal: AbortSignal,
): Promise<unknown> {
  if (statusOf(error) === undefined || answerOf(error) !== "refused") {
    return error;
  }
  const command = new GetObjectCommand({
    ...objectAt(place, key),
    Range: "bytes=0-0",
  });
  try {
    const { Body: body } = await place.client.send(command, { abortSignal });
    await body?.transformToByteArray();
    return error;
  } catch (clearer) {
    return statusOf(clearer) === statusOf(error) ? clearer : error;
  }
}

function infoOf(key: string, found: HeadObjectCommandOutput): ObjectInfo {
  return {
    key,
    sizeBytes: found.ContentLength ?? 0,
    createdAtMs: wholeSeconds(found.LastModified),
  };
}

/** A HEAD knows seconds; listings of some services know more, and both must say the same. */
export function wholeSeconds(time: Date | undefined): number {
  return Math.floor((time?.getTime() ?? 0) / 1000) * 1000;
}
