import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { TidemarkError } from "../../core/errors.ts";
import { lookAhead } from "../../format/look-ahead.ts";
import { failpoint } from "../../platform/failpoints.ts";
import type { Body } from "../object-store.ts";
import { ask } from "./ask.ts";
import { bodyParts, partBytesOf, type BodyPart } from "./body-parts.ts";
import { objectAt, type S3Place } from "./s3-place.ts";
import {
  createMetadata,
  creating,
  sendCreate,
  type NewObject,
} from "./send-create.ts";

/** Parts of one object on their way at once, and how much memory they may take together. */
const PARTS_AT_ONCE = 4;
const BYTES_AT_ONCE = 32 * 1024 * 1024;
const ABORT_MS = 10_000;

export const UPLOAD_FAILPOINTS = ["s3.parts-sent", "s3.object-made"] as const;

interface Upload {
  readonly place: S3Place;
  readonly object: NewObject;
  readonly id: string;
}

/**
 * A large object in parts. Order of durability: the upload is begun → its parts → the completion, which alone makes the object, and only
 * where there is none. A crash before it leaves parts that no listing shows and that are paid for until a lifecycle rule
 * (AbortIncompleteMultipartUpload) takes them; an error takes them away at once. False: another writer's create was under way, and the
 * upload is to be made anew.
 */
export async function uploadInParts(
  place: S3Place,
  { object, body }: { readonly object: NewObject; readonly body: Body },
  signal: AbortSignal,
): Promise<boolean> {
  const upload = await beginUpload(place, object, signal);
  let completed = false;
  try {
    const parts = await sendParts(upload, body, signal);
    failpoint("s3.parts-sent");
    completed = await complete(upload, parts, signal);
    if (completed) failpoint("s3.object-made");
    return completed;
  } finally {
    if (!completed) await abort(upload);
  }
}

async function beginUpload(
  place: S3Place,
  object: NewObject,
  signal: AbortSignal,
): Promise<Upload> {
  const begun = await ask(
    place,
    {
      ...creating(object.key),
      send: (how) =>
        place.client.send(
          new CreateMultipartUploadCommand({
            ...objectAt(place, object.key),
            Metadata: createMetadata(object),
            ChecksumAlgorithm: "CRC32",
            ...(place.storageClass && { StorageClass: place.storageClass }),
          }),
          how,
        ),
    },
    signal,
  );
  if (begun.UploadId !== undefined) {
    return { place, object, id: begun.UploadId };
  }
  throw new TidemarkError(
    "STORE_UNREACHABLE",
    `no upload was begun while creating ${object.key} in ${place.url}`,
    { hint: "what answers at the endpoint is not S3" },
  );
}

/** All of them, or it throws once none is on its way any more: an abort does not reach parts that arrive after it. */
async function sendParts(
  upload: Upload,
  body: Body,
  signal: AbortSignal,
): Promise<CompletedPart[]> {
  const partBytes = partBytesOf(upload.object.sizeBytes);
  const depth = Math.min(PARTS_AT_ONCE, Math.floor(BYTES_AT_ONCE / partBytes));
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const jobs = async function* () {
    for await (const part of bodyParts(body, partBytes, both)) {
      yield () =>
        sendPart(upload, part, both).catch((error: unknown) => {
          stop.abort(error);
          throw error;
        });
    }
  };
  return Array.fromAsync(lookAhead(jobs(), Math.max(1, depth)));
}

async function sendPart(
  { place, object, id }: Upload,
  { number, bytes }: BodyPart,
  signal: AbortSignal,
): Promise<CompletedPart> {
  const sent = await ask(
    place,
    {
      ...creating(object.key),
      send: (how) =>
        place.client.send(
          new UploadPartCommand({
            ...objectAt(place, object.key),
            UploadId: id,
            PartNumber: number,
            Body: bytes,
            ChecksumAlgorithm: "CRC32",
          }),
          how,
        ),
    },
    signal,
  );
  return {
    PartNumber: number,
    ETag: sent.ETag,
    ...(sent.ChecksumCRC32 !== undefined && {
      ChecksumCRC32: sent.ChecksumCRC32,
    }),
  };
}

function complete(
  { place, object, id }: Upload,
  parts: CompletedPart[],
  signal: AbortSignal,
): Promise<boolean> {
  const command = new CompleteMultipartUploadCommand({
    ...objectAt(place, object.key),
    UploadId: id,
    MultipartUpload: { Parts: parts },
    IfNoneMatch: "*",
  });
  return sendCreate(
    place,
    {
      object,
      // After a conflict the service wants the upload begun anew.
      repeatable: false,
      send: async (how) => void (await place.client.send(command, how)),
    },
    signal,
  );
}

/** Where this fails too, the parts stay as after a crash; what went wrong before it is what the caller has to hear. */
async function abort({ place, object, id }: Upload): Promise<void> {
  const command = new AbortMultipartUploadCommand({
    ...objectAt(place, object.key),
    UploadId: id,
  });
  const abortSignal = AbortSignal.timeout(ABORT_MS);
  await place.client.send(command, { abortSignal }).catch(() => undefined);
}
