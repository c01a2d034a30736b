import { TidemarkError, type ErrorCode } from "../../core/errors.ts";
import { codeOf, isFull, statusOf } from "./s3-answer.ts";
import type { S3Place } from "./s3-place.ts";

/** What was asked, for whoever reads that it failed. */
export interface Doing {
  /** `creating a/b`, `listing a/`. */
  readonly what: string;
  /** What a policy must allow for it. */
  readonly right: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
}

const LOGIN = {
  code: "ACCESS_DENIED",
  hint: "the login comes from the SDK's chain: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a web identity, the container's or the machine's role",
} as const;

const REGION = {
  code: "CONFIG",
  hint: "name the bucket's own region: `region:` beside `bucket:`, `?region=…` in --archive, or AWS_REGION",
} as const;

const MEANINGS: Readonly<Record<string, Meaning>> = {
  CredentialsProviderError: LOGIN,
  TokenProviderError: LOGIN,
  InvalidAccessKeyId: LOGIN,
  SignatureDoesNotMatch: LOGIN,
  InvalidToken: LOGIN,
  InvalidClientTokenId: LOGIN,
  ExpiredToken: LOGIN,
  ExpiredTokenException: LOGIN,
  TokenRefreshRequired: LOGIN,
  InvalidSecurity: LOGIN,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  InvalidBucketName: {
    code: "CONFIG",
    hint: "look at `bucket:`; a key or an address is not a bucket's name",
  },
  InvalidStorageClass: {
    code: "CONFIG",
    hint: "this store does not know the `storageClass:`; leave it out",
  },
  NotImplemented: {
    code: "PREFLIGHT",
    hint: "the store does not know what an archive needs of it: conditional writes (If-None-Match), multipart uploads, ranges",
  },
  InvalidObjectState: {
    code: "STORE_UNREACHABLE",
    hint: "the object was moved to a storage class that is not read at once: bring it back (RestoreObject), and take the lifecycle rule away that moved it",
  },
};

/** The one place where the client's errors become ours, by code and status. Messages hold codes, never the service's text. */
export function s3Error(
  error: unknown,
  place: Pick<S3Place, "bucket" | "url">,
  doing: Doing,
): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const code = codeOf(error);
  const status = statusOf(error);
  const answer = status === undefined ? code : `${code} (${status})`;
  const message = `${answer} while ${doing.what} in ${place.url}`;
  const known = MEANINGS[code];
  if (known !== undefined) {
    return new TidemarkError(known.code, message, {
      hint: known.hint,
      cause: error,
    });
  }
  if (code === "NoSuchBucket") return noBucket(place, error);
  if (status === 507 || isFull(code)) {
    return new TidemarkError("DISK_FULL", message, {
      hint: "make room in the store or raise its quota; nothing that was stored is lost",
      cause: error,
    });
  }
  if (status === 403) {
    return new TidemarkError("RIGHT_MISSING", message, {
      hint: `allow ${doing.right} on the bucket ${place.bucket}; docs/permissions.md has the policy`,
      cause: error,
    });
  }
  if (status === 401) {
    return new TidemarkError(LOGIN.code, message, {
      hint: LOGIN.hint,
      cause: error,
    });
  }
  if (status === 301 || status === 307) {
    return new TidemarkError(REGION.code, message, {
      hint: REGION.hint,
      cause: error,
    });
  }
  return new TidemarkError("STORE_UNREACHABLE", message, {
    hint: "nothing that was stored is lost; look at endpoint, network and the service's own state",
    cause: error,
  });
}

export function noBucket(
  { bucket, url }: Pick<S3Place, "bucket" | "url">,
  cause: unknown,
): TidemarkError {
  return new TidemarkError(
    "NOT_FOUND",
    `there is no bucket ${bucket} (${url})`,
    {
      hint: `create it, or look at its name and at the endpoint: aws s3api create-bucket --bucket ${bucket}`,
      cause,
    },
  );
}

export function objectMissing(key: string, cause: unknown): TidemarkError {
  return new TidemarkError("OBJECT_MISSING", `there is no object ${key}`, {
    hint: "bring it back from a copy of the archive (or an older version in the bucket), or choose a point that does not need it; `tidemark verify` lists all that is missing",
    cause,
  });
}
