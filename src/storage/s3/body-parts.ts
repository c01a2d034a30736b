import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { TidemarkError } from "../../core/errors.ts";
import type { Body } from "../object-store.ts";

const PART_BYTES = 8 * 1024 * 1024;
/** The service's limit. */
const MOST_PARTS = 10_000;
const MIB = 1024 * 1024;

export interface BodyPart {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** How large the parts of an object are; one of this size or less is sent in one request. */
export function partBytesOf(sizeBytes: number): number {
  const least = Math.ceil(sizeBytes / MOST_PARTS / MIB) * MIB;
  return Math.max(PART_BYTES, least);
}

export function sizeOf(body: Body): number {
  return body.kind === "bytes" ? body.bytes.length : body.sizeBytes;
}

/**
 * A body in parts of `partBytes`, the last one shorter; an empty body is one empty part. Each part of a file has a buffer of its own.
 * Throws INTERNAL, before the last part of a file is given, when the file is not what was announced: what a catalog entry will say of
 * the object is that, and once it says so the source may forget its copy.
 */
export async function* bodyParts(
  body: Body,
  partBytes: number,
  signal: AbortSignal,
): AsyncGenerator<BodyPart, void, undefined> {
  if (body.kind === "file") return yield* fileParts(body, partBytes, signal);
  const { bytes } = body;
  let at = 0;
  for (let number = 1; number === 1 || at < bytes.length; number++) {
    yield { number, bytes: bytes.subarray(at, at + partBytes) };
    at += partBytes;
  }
}

type FileBody = Extract<Body, { kind: "file" }>;

async function* fileParts(
  body: FileBody,
  partBytes: number,
  signal: AbortSignal,
): AsyncGenerator<BodyPart, void, undefined> {
  const { path, sizeBytes } = body;
  await using file = await open(path, "r");
  const hash = createHash("sha256");
  let at = 0;
  for (let number = 1; ; number++) {
    signal.throwIfAborted();
    // One byte more than is due: a file that has grown is seen here.
    const due = Math.min(partBytes, sizeBytes - at);
    const isLast = at + due === sizeBytes;
    const buffer = Buffer.allocUnsafeSlow(due + (isLast ? 1 : 0));
    const found = await readFully(file, buffer, at);
    const bytes = buffer.subarray(0, Math.min(found, due));
    hash.update(bytes);
    at += found;
    if (isLast || found < due) {
      requireAnnounced(body, { sizeBytes: at, sha256: hash.digest("hex") });
      return yield { number, bytes };
    }
    yield { number, bytes };
  }
}

async function readFully(
  file: Awaited<ReturnType<typeof open>>,
  buffer: Buffer,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, {
      offset: filled,
      position: position + filled,
    });
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function requireAnnounced(
  { path, sizeBytes, sha256 }: FileBody,
  found: { readonly sizeBytes: number; readonly sha256: string },
): void {
  if (found.sizeBytes === sizeBytes && found.sha256 === sha256) return;
  const what =
    found.sizeBytes > sizeBytes
      ? `longer than ${sizeBytes} bytes`
      : `${found.sizeBytes} bytes with hash ${found.sha256} instead of ${sizeBytes} with ${sha256}`;
  throw new TidemarkError(
    "INTERNAL",
    `${path} is not what was written: ${what}`,
    {
      hint: "nothing is lost; look at the disk under it, then start again",
    },
  );
}
