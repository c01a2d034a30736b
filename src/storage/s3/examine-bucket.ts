import {
  AbortMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
} from "@aws-sdk/client-s3";
import { hasCode } from "../../core/errors.ts";
import type { StoreProblem } from "../store-problem.ts";
import { ask } from "./ask.ts";
import { lifecycleProblems } from "./lifecycle-problems.ts";
import { openPlace, type S3StoreOptions } from "./open-place.ts";
import { answerOf, codeOf, statusOf } from "./s3-answer.ts";
import { objectAt, type S3Place } from "./s3-place.ts";
import { requireBucket } from "./stat-object.ts";

/** Settings of the bucket that would harm an archive one day; whether it can be written is for a probe to say. Changes nothing. */
export async function examineBucket(
  options: S3StoreOptions,
  signal: AbortSignal,
): Promise<readonly StoreProblem[]> {
  const place = await openPlace(options);
  try {
    await requireBucket(place, signal);
    return [
      ...plainText(options),
      ...(await abortRight(place, signal)),
      ...(await lifecycle(place, signal)),
    ];
  } finally {
    place.client.destroy();
  }
}

function plainText({ endpoint }: S3StoreOptions): StoreProblem[] {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
  if (url?.protocol !== "http:" || isLocal.test(url.hostname)) return [];
  return [
    {
      severity: "warning",
      code: "endpoint-http",
      message: `everything goes to ${url.host} unencrypted`,
      mend: "let the service have a certificate, and write https:// in `endpoint:`",
    },
  ];
}

/** Of an upload that is none: nothing is aborted, and whether it might have been is answered first. */
async function abortRight(
  place: S3Place,
  signal: AbortSignal,
): Promise<StoreProblem[]> {
  const command = new AbortMultipartUploadCommand({
    ...objectAt(place, "probe/no-upload"),
    UploadId: "none",
  });
  const isForbidden = await ask(
    place,
    {
      what: "looking for the right to abort uploads",
      right: "s3:AbortMultipartUpload",
      send: async (how) => {
        try {
          await place.client.send(command, how);
          return false;
        } catch (error) {
          if (answerOf(error) === "unsure") throw error;
          return statusOf(error) === 403;
        }
      },
    },
    signal,
  );
  if (!isForbidden) return [];
  return [
    {
      severity: "warning",
      code: "abort-forbidden",
      message: "an upload that fails cannot be taken away",
      mend: `allow s3:AbortMultipartUpload on the bucket ${place.bucket}; docs/permissions.md has the policy`,
    },
  ];
}

async function lifecycle(
  place: S3Place,
  signal: AbortSignal,
): Promise<StoreProblem[]> {
  const { bucket, prefix } = place;
  const rules = await readRules(place, signal);
  if (rules === "forbidden") {
    return [
      {
        severity: "warning",
        code: "lifecycle-unknown",
        message:
          "whether the bucket's rules would delete the archive's objects cannot be seen",
        mend: `allow s3:GetLifecycleConfiguration on the bucket ${bucket} to whoever runs check`,
      },
    ];
  }
  if (rules === "unknown to the service") return [];
  const versioned = await isVersioned(place, signal);
  return lifecycleProblems({ bucket, prefix, rules, versioned });
}

async function readRules(
  place: S3Place,
  signal: AbortSignal,
): Promise<readonly LifecycleRule[] | "forbidden" | "unknown to the service"> {
  const command = new GetBucketLifecycleConfigurationCommand({
    Bucket: place.bucket,
  });
  return ask(
    place,
    {
      what: "reading the bucket's rules",
      right: "s3:GetLifecycleConfiguration",
      send: async (how) => {
        try {
          return (await place.client.send(command, how)).Rules ?? [];
        } catch (error) {
          const status = statusOf(error);
          if (codeOf(error) === "NoSuchLifecycleConfiguration") return [];
          if (status === 403) return "forbidden";
          if (status === 501 || status === 405) return "unknown to the service";
          throw error;
        }
      },
    },
    signal,
  );
}

/** undefined: whoever asks may not know. */
async function isVersioned(
  place: S3Place,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const command = new GetBucketVersioningCommand({ Bucket: place.bucket });
  try {
    const { Status: status } = await ask(
      place,
      {
        what: "asking whether the bucket keeps versions",
        right: "s3:GetBucketVersioning",
        send: (how) => place.client.send(command, how),
      },
      signal,
    );
    return status === "Enabled";
  } catch (error) {
    if (hasCode(error, "RIGHT_MISSING", "PREFLIGHT")) return undefined;
    throw error;
  }
}
