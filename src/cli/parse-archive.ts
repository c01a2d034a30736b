import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ArchiveLocation } from "../config/config.ts";
import {
  parseBucket,
  parseEndpoint,
  parsePrefix,
  parseRegion,
  type S3Location,
} from "../config/s3-location.ts";
import { TidemarkError } from "../core/errors.ts";

const S3_FORM =
  "s3://bucket/prefix, with ?region=…&endpoint=…&pathStyle=true where AWS_REGION and AWS_ENDPOINT_URL_S3 do not say it";

/** What `--archive` takes: a directory, as a path or as a `file:` URL, or a place in S3. Throws USAGE. */
export function parseArchive(text: string): ArchiveLocation {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "s3") return { s3: parseS3Url(text) };
  if (scheme === undefined && text !== "") return { directory: resolve(text) };
  try {
    if (scheme === "file") return { directory: fileURLToPath(text) };
  } catch {
    // Falls through to the one message for all that is no archive.
  }
  throw new TidemarkError("USAGE", "--archive names no archive", {
    hint: `a path, file:///path, or ${S3_FORM}`,
  });
}

/** The text is never repeated: somebody may have put a secret into it. */
function parseS3Url(text: string): S3Location {
  const [, bucket = "", path = "", query = ""] =
    /^s3:\/\/([^/?#]*)\/?([^?#]*)(?:\?(.*))?$/i.exec(text) ?? [];
  const given = new Map(new URLSearchParams(query));
  const take = <T>(name: string, parse: (text: string) => T) => {
    const value = given.get(name);
    given.delete(name);
    return value === undefined ? undefined : parsePart(name, value, parse);
  };
  const location: S3Location = {
    bucket: parsePart("bucket", bucket, parseBucket),
    prefix: path === "" ? "" : parsePart("prefix", path, parsePrefix),
    region: take("region", parseRegion),
    endpoint: take("endpoint", parseEndpoint),
    pathStyle: take("pathStyle", parseSwitch),
    storageClass: undefined,
  };
  if (given.size === 0) return location;
  throw new TidemarkError("USAGE", "--archive has an unknown parameter", {
    hint: S3_FORM,
  });
}

function parsePart<T>(
  name: string,
  text: string,
  parse: (text: string) => T,
): T {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TidemarkError)) throw cause;
    const hint = [cause.hint, S3_FORM].filter(Boolean).join("; ");
    throw new TidemarkError("USAGE", `--archive: ${name}: ${cause.message}`, {
      hint,
      cause,
    });
  }
}

function parseSwitch(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new TidemarkError("USAGE", "expected true or false");
}
