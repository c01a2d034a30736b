import { DeleteObjectsCommand, type _Error } from "@aws-sdk/client-s3";
import { ask } from "./ask.ts";
import { objectAt, type S3Place } from "./s3-place.ts";

/** The service's limit. */
const BATCH = 1000;

/** Keys that do not exist are no error to the service either. */
export async function deleteObjects(
  place: S3Place,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) {
    await deleteBatch(place, keys.slice(at, at + BATCH), signal);
  }
}

async function deleteBatch(
  place: S3Place,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const command = new DeleteObjectsCommand({
    Bucket: place.bucket,
    Delete: {
      Objects: keys.map((key) => ({ Key: objectAt(place, key).Key })),
      Quiet: true,
    },
  });
  await ask(
    place,
    {
      what: `deleting ${keys.length} objects`,
      right: "s3:DeleteObject",
      send: async (how) => {
        const { Errors: errors = [] } = await place.client.send(command, how);
        const [first] = errors;
        if (first !== undefined) throw asError(first);
      },
    },
    signal,
  );
}

/** One key's error, as the client would throw it of a request of its own. */
function asError({ Code: name = "InternalError" }: _Error): Error {
  const httpStatusCode = name === "AccessDenied" ? 403 : 500;
  const error = Object.assign(new Error(name), {
    $metadata: { httpStatusCode },
  });
  error.name = name;
  return error;
}
