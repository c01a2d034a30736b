import {
  S3Client,
  type S3ClientConfig,
  type StorageClass,
} from "@aws-sdk/client-s3";
import { TidemarkError } from "../../core/errors.ts";
import { PATIENCE, type Patience, type S3Place } from "./s3-place.ts";

export interface S3StoreOptions {
  readonly bucket: string;
  /** With or without the `/` at its end; empty for the whole bucket. */
  readonly prefix?: string | undefined;
  /** Of the SDK's chain (AWS_REGION, the profile) without it. */
  readonly region?: string | undefined;
  /** Of another service than Amazon's; AWS_ENDPOINT_URL_S3 does as well. */
  readonly endpoint?: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`; without it, yes where there is an endpoint. */
  readonly pathStyle?: boolean | undefined;
  readonly storageClass?: StorageClass | undefined;
  readonly patience?: Partial<Patience>;
}

/** Services of others want some region for the signature, and most do not mind which. */
const ANY_REGION = "us-east-1";

/** Throws CONFIG where no region is known. Credentials are asked for at the first request, of the SDK's own chain. */
export async function openPlace(options: S3StoreOptions): Promise<S3Place> {
  const { bucket, endpoint, storageClass } = options;
  const patience = { ...PATIENCE, ...options.patience };
  const prefix = asFolder(options.prefix ?? "");
  const settings: S3ClientConfig = {
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: options.pathStyle ?? endpoint !== undefined,
    followRegionRedirects: true,
    // Tries are counted by who knows what a second one means: ask.ts, send-create.ts.
    maxAttempts: 1,
    // It would cost every large request a connection of its own.
    expectContinueHeader: false,
    // Of ranges there are none; whoever reads compares hashes.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: patience.connectMs,
      requestTimeout: patience.answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: patience.idleMs,
    },
  };
  const region = options.region ?? (await knownRegion(settings));
  return {
    client: new S3Client({ ...settings, region }),
    bucket,
    prefix,
    url: `s3://${bucket}/${prefix}`,
    storageClass,
    patience,
  };
}

/** The client's own chain says it by throwing when nothing in it names a region. */
async function knownRegion(settings: S3ClientConfig): Promise<string> {
  const client = new S3Client(settings);
  try {
    return await client.config.region();
  } catch (cause) {
    if (settings.endpoint !== undefined) return ANY_REGION;
    throw new TidemarkError("CONFIG", "no region of the bucket is known", {
      hint: "name it: `region:` beside `bucket:`, `?region=…` in --archive, or AWS_REGION",
      cause,
    });
  } finally {
    client.destroy();
  }
}

function asFolder(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}
