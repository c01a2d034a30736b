import { randomBytes } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { TidemarkError } from "../../core/errors.ts";
import { sleep } from "../../platform/sleep.ts";
import type { Body } from "../object-store.ts";
import { delayMs } from "./ask.ts";
import { bodyParts, partBytesOf, sizeOf } from "./body-parts.ts";
import { objectAt, type S3Place } from "./s3-place.ts";
import { createMetadata, sendCreate, type NewObject } from "./send-create.ts";
import { uploadInParts } from "./upload-parts.ts";

/** Throws OBJECT_EXISTS, INTERNAL for a file that is not what was announced, and what the service says. */
export async function createObject(
  place: S3Place,
  { key, body }: { readonly key: string; readonly body: Body },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const sizeBytes = sizeOf(body);
  const call = randomBytes(16).toString("hex");
  const object: NewObject = { key, sizeBytes, call };
  if (sizeBytes <= partBytesOf(sizeBytes)) {
    return putObject(place, { object, body }, signal);
  }
  for (let tries = 1; tries <= place.patience.tries; tries++) {
    if (await uploadInParts(place, { object, body }, signal)) return;
    await sleep(delayMs(place.patience, tries), signal);
  }
  throw new TidemarkError(
    "STORE_UNREACHABLE",
    `other writers were at work on ${key} in ${place.url} each time it was created`,
    { hint: "run one archiver per source" },
  );
}

async function putObject(
  place: S3Place,
  { object, body }: { readonly object: NewObject; readonly body: Body },
  signal: AbortSignal,
): Promise<void> {
  const { key, sizeBytes } = object;
  const partBytes = partBytesOf(sizeBytes);
  for await (const { bytes } of bodyParts(body, partBytes, signal)) {
    const command = new PutObjectCommand({
      ...objectAt(place, key),
      Body: bytes,
      IfNoneMatch: "*",
      Metadata: createMetadata(object),
      ...(place.storageClass && { StorageClass: place.storageClass }),
    });
    await sendCreate(
      place,
      {
        object,
        repeatable: true,
        send: async (how) => void (await place.client.send(command, how)),
      },
      signal,
    );
  }
}
