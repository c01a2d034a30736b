import { createHash, randomBytes } from "node:crypto";
import { open, readdir, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Body } from "../object-store.ts";
import { TidemarkError } from "../../core/errors.ts";
import { errnoCode } from "./store-error.ts";

type FileBody = Extract<Body, { kind: "file" }>;

const OBJECT_MODE = 0o640;
const COPY_BYTES = 1024 * 1024;
const LEFTOVER_AFTER_MS = 60 * 60 * 1000;
const NAME = /^([A-Za-z0-9-]+)\.(\d+)\.([0-9a-f]{16})\.\d+$/;

const HOST = hostname().replace(/[^A-Za-z0-9-]/g, "-") || "host";
/** A process id comes again; this does not. */
const RUN = randomBytes(8).toString("hex");
let made = 0;

/** Writes and syncs the body into a new file of `folder`; nothing is left there when it throws. */
export async function writeTempFile(
  folder: string,
  body: Body,
  signal: AbortSignal,
): Promise<string> {
  const path = join(folder, `${HOST}.${process.pid}.${RUN}.${made++}`);
  try {
    await using file = await open(path, "wx", OBJECT_MODE);
    if (body.kind === "bytes") await file.writeFile(body.bytes, { signal });
    else await copyFrom(body, file, signal);
    await file.sync();
    return path;
  } catch (error) {
    await removeTempFile(path);
    signal.throwIfAborted();
    throw error;
  }
}

async function copyFrom(
  body: FileBody,
  to: Awaited<ReturnType<typeof open>>,
  signal: AbortSignal,
): Promise<void> {
  await using from = await open(body.path, "r");
  const buffer = Buffer.allocUnsafeSlow(COPY_BYTES);
  const hash = createHash("sha256");
  let copied = 0;
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, COPY_BYTES, copied);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await to.writeFile(chunk);
    copied += bytesRead;
  }
  requireAnnounced(body, { sizeBytes: copied, sha256: hash.digest("hex") });
}

/** What a catalog entry will say of the object is what was announced here, and once it says so the source may forget its copy. */
function requireAnnounced(
  { path, sizeBytes, sha256 }: FileBody,
  found: { readonly sizeBytes: number; readonly sha256: string },
): void {
  if (found.sizeBytes === sizeBytes && found.sha256 === sha256) return;
  throw new TidemarkError(
    "INTERNAL",
    `${path} is not what was written: ${found.sizeBytes} bytes with hash ${found.sha256} instead of ${sizeBytes} with ${sha256}`,
    { hint: "nothing is lost; look at the disk under it, then start again" },
  );
}

export async function removeTempFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoCode(error) !== "ENOENT") throw error;
  }
}

/**
 * Takes away what dead processes left. A live process of another host that has not written for an hour may lose its file too:
 * its link(2) then fails, and it writes the object again.
 */
export async function removeLeftovers(
  folder: string,
  nowMs: number,
): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      const { mtimeMs } = await stat(path);
      if (nowMs - mtimeMs > LEFTOVER_AFTER_MS && !isAlive(name)) {
        await removeTempFile(path);
      }
    } catch (error) {
      // Its writer was faster than we.
      if (errnoCode(error) !== "ENOENT") throw error;
    }
  }
}

function isAlive(name: string): boolean {
  const [, host, pid, run] = NAME.exec(name) ?? [];
  if (host !== HOST || pid === undefined) return false;
  if (Number(pid) === process.pid) return run === RUN;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return errnoCode(error) === "EPERM";
  }
}
