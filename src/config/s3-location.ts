import { TidemarkError } from "../core/errors.ts";

/** Where an archive in S3 lies. Holds no secret: the login comes from the SDK's own chain. */
export interface S3Location {
  readonly bucket: string;
  /** Without `/` at its ends; empty for the whole bucket. */
  readonly prefix: string;
  /** undefined: the SDK's chain knows it. */
  readonly region: string | undefined;
  /** undefined: Amazon's, or what the SDK's chain says. */
  readonly endpoint: string | undefined;
  /** undefined: yes where there is an endpoint. */
  readonly pathStyle: boolean | undefined;
  /** undefined: the bucket's default. */
  readonly storageClass: StorageClass | undefined;
}

/** Those whose objects can be read at once; others would make a restore wait for hours. */
export const STORAGE_CLASSES = [
  "STANDARD",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
] as const;
export type StorageClass = (typeof STORAGE_CLASSES)[number];

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const SEGMENT = /^[A-Za-z0-9._=-]{1,255}$/;
const REGION = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Throws USAGE. */
export function parseBucket(text: string): string {
  if (text.endsWith("--x-s3")) {
    throw new TidemarkError("USAGE", "a directory bucket holds no archive", {
      hint: "it does not list in byte order; use a general purpose bucket",
    });
  }
  if (BUCKET.test(text) && !text.includes("..")) return text;
  throw new TidemarkError("USAGE", "it is not the name of a bucket", {
    hint: "3 to 63 of a-z, 0-9, - and .",
  });
}

/** Throws USAGE. */
export function parsePrefix(text: string): string {
  const prefix = text.replace(/\/$/, "");
  const segments = prefix.split("/");
  const isPlain = segments.every(
    (each) => SEGMENT.test(each) && each !== "." && each !== "..",
  );
  if (prefix.length <= 255 && isPlain) return prefix;
  throw new TidemarkError("USAGE", "it is not a prefix", {
    hint: "names of A-Z, a-z, 0-9, . _ = and -, joined by /, at most 255 characters",
  });
}

/** Throws USAGE. */
export function parseRegion(text: string): string {
  if (REGION.test(text)) return text;
  throw new TidemarkError("USAGE", "it is not a region", {
    hint: "for example eu-central-1",
  });
}

/** Throws USAGE; never repeats the text, which may hold a password. */
export function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  const isPlain =
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (isPlain) return url.href.replace(/\/$/, "");
  throw new TidemarkError("USAGE", "it is not an endpoint", {
    hint: "https://host or http://host:port, without a login: that comes from AWS_ACCESS_KEY_ID and the like",
  });
}
