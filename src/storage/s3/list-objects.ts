import {
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { TidemarkError } from "../../core/errors.ts";
import { isKey } from "../object-key.ts";
import type { ObjectInfo } from "../object-store.ts";
import { ask } from "./ask.ts";
import type { S3Place } from "./s3-place.ts";
import { wholeSeconds } from "./stat-object.ts";

export interface Listing {
  readonly prefix: string;
  /** Exclusive. */
  readonly after: string | undefined;
}

/**
 * Page by page, in byte order, which is the service's own; one that lists otherwise (directory buckets) is refused, because whoever reads
 * a listing counts on the order.
 */
export async function* listObjects(
  place: S3Place,
  listing: Listing,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo, void, undefined> {
  let last = "";
  let next: string | undefined;
  do {
    const page = await listPage(place, { ...listing, next }, signal);
    for (const { Key: name = "", Size, LastModified } of page.Contents ?? []) {
      signal.throwIfAborted();
      if (name <= last) throw outOfOrder(place, name);
      last = name;
      const key = name.slice(place.prefix.length);
      if (!name.startsWith(place.prefix) || !isKey(key)) continue;
      if (!key.startsWith(listing.prefix) || key <= (listing.after ?? "")) {
        continue;
      }
      yield {
        key,
        sizeBytes: Size ?? 0,
        createdAtMs: wholeSeconds(LastModified),
      };
    }
    next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && next === undefined) {
      throw incomplete(place);
    }
  } while (next !== undefined);
}

async function listPage(
  place: S3Place,
  listing: Listing & { readonly next: string | undefined },
  signal: AbortSignal,
): Promise<ListObjectsV2CommandOutput> {
  const { prefix, after, next } = listing;
  const page = await ask(
    place,
    {
      what: `listing ${prefix === "" ? "everything" : prefix}`,
      right: "s3:ListBucket",
      send: (how) =>
        place.client.send(
          new ListObjectsV2Command({
            Bucket: place.bucket,
            Prefix: place.prefix + prefix,
            ...(next !== undefined && { ContinuationToken: next }),
            ...(next === undefined &&
              after !== undefined && { StartAfter: place.prefix + after }),
          }),
          how,
        ),
    },
    signal,
  );
  const listed = page.Contents?.length ?? 0;
  if (page.KeyCount !== undefined && page.KeyCount !== listed) {
    throw incomplete(place);
  }
  return page;
}

function incomplete({ url }: S3Place): TidemarkError {
  return new TidemarkError(
    "STORE_UNREACHABLE",
    `a listing of ${url} is not whole`,
    { hint: "what answers at the endpoint cut it short; try again" },
  );
}

function outOfOrder({ url }: S3Place, name: string): TidemarkError {
  return new TidemarkError(
    "PREFLIGHT",
    `${url} cannot hold an archive: it lists ${name} out of order`,
    {
      hint: "use a general purpose bucket: directory buckets (S3 Express) do not list in byte order",
    },
  );
}
