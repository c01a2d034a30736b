import { expect, test } from "vitest";
import { answerOf } from "../../../../src/storage/s3/s3-answer.ts";
import { s3Error } from "../../../../src/storage/s3/s3-error.ts";

/** As the client throws it. */
function answer(status: number, name: string): Error {
  const error = new Error("AKIA1234 said the service");
  error.name = name;
  return Object.assign(error, { $metadata: { httpStatusCode: status } });
}

function broken(code: string): Error {
  return Object.assign(new Error("AKIA1234"), { code });
}

const place = { bucket: "backups", url: "s3://backups/tidemark/" };
const doing = { what: "creating a/b", right: "s3:PutObject" };

test.each([
  [answer(412, "PreconditionFailed"), "taken"],
  [answer(409, "ConditionalRequestConflict"), "conflict"],
  [answer(404, "NoSuchKey"), "absent"],
  [answer(404, "NotFound"), "absent"],
  [answer(403, "AccessDenied"), "refused"],
  [answer(400, "InvalidStorageClass"), "refused"],
  [answer(501, "NotImplemented"), "refused"],
  [answer(507, "XMinioStorageFull"), "refused"],
  [answer(500, "InternalError"), "unsure"],
  [answer(503, "SlowDown"), "unsure"],
  [answer(503, "ServiceUnavailable"), "unsure"],
  [answer(429, "TooManyRequests"), "unsure"],
  [answer(400, "RequestTimeout"), "unsure"],
  [answer(400, "BadDigest"), "unsure"],
  [answer(403, "RequestTimeTooSkewed"), "unsure"],
  // A body that is no XML, of an answer that says that all is well.
  [answer(200, "SyntaxError"), "unsure"],
  [broken("ECONNRESET"), "unsure"],
  [broken("ECONNREFUSED"), "unsure"],
  [broken("ENOTFOUND"), "unsure"],
] as const)("%o means %s", (error, meaning) => {
  expect(answerOf(error)).toBe(meaning);
});

test.each([
  [answer(403, "AccessDenied"), "RIGHT_MISSING", "s3:PutObject"],
  [answer(403, "403"), "RIGHT_MISSING", "backups"],
  [answer(403, "InvalidAccessKeyId"), "ACCESS_DENIED", "AWS_ACCESS_KEY_ID"],
  [answer(403, "SignatureDoesNotMatch"), "ACCESS_DENIED", "AWS_PROFILE"],
  [answer(400, "ExpiredToken"), "ACCESS_DENIED", "AWS_PROFILE"],
  [answer(401, "Whatever"), "ACCESS_DENIED", "AWS_PROFILE"],
  [answer(404, "NoSuchBucket"), "NOT_FOUND", "create-bucket"],
  [answer(301, "PermanentRedirect"), "CONFIG", "region"],
  [answer(400, "AuthorizationHeaderMalformed"), "CONFIG", "region"],
  [answer(400, "InvalidStorageClass"), "CONFIG", "storageClass"],
  [answer(501, "NotImplemented"), "PREFLIGHT", "If-None-Match"],
  [answer(507, "XMinioStorageFull"), "DISK_FULL", "make room"],
  [answer(403, "QuotaExceeded"), "DISK_FULL", "make room"],
  [answer(403, "InvalidObjectState"), "STORE_UNREACHABLE", "RestoreObject"],
  [answer(503, "SlowDown"), "STORE_UNREACHABLE", "nothing that was stored"],
  [broken("ECONNREFUSED"), "STORE_UNREACHABLE", "endpoint"],
] as const)("%o becomes %s", (error, code, hint) => {
  const found = s3Error(error, place, doing);
  expect(found.code).toBe(code);
  expect(found.hint).toContain(hint);
  expect(`${found.message} ${found.hint}`).not.toContain("AKIA1234");
  expect(found.message).toContain("s3://backups/tidemark/");
});
