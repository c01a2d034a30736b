import { createHash, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { openS3Store } from "../src/storage/s3/s3-store.ts";
import { startS3Server, useLogin } from "../test/support/s3-server.ts";
import { putBare, putBareFile, putBareParts } from "./support/bare-s3.ts";
import { median, report, scratch } from "./support/report.ts";

const MIB = 1024 * 1024;
const SEGMENT_BYTES = 32 * MIB;
const ENTRIES_PER_SEGMENT = 50;
const ENTRY = Buffer.alloc(1500, "{}");

/**
 * Segments from their spool files into a bucket, one after another as the archiver does it, hash checked, in parts, conditional; against the
 * SDK alone with the same files, in parts and in one request each. Then catalog entries against the SDK alone. In turn, against a
 * versitygw on this machine.
 */
export async function benchS3(options: {
  readonly segments: number;
  readonly runs: number;
}): Promise<void> {
  await using server = await startS3Server();
  await using work = await scratch();
  const files = await Promise.all(
    Array.from({ length: options.segments }, (_, n) =>
      writeSegment(join(work.path, `segment-${n}.avro`)),
    ),
  );
  useLogin(server.root);
  const { signal } = new AbortController();
  const client = new S3Client({
    ...{ endpoint: server.endpoint, region: "us-east-1", forcePathStyle: true },
  });
  const bucket = await server.makeBucket();
  const bare = { client, bucket };
  await using store = await openS3Store({
    ...{ endpoint: server.endpoint, bucket },
  });
  const seconds = {
    ...{ parts: [] as number[], whole: [] as number[], ours: [] as number[] },
    ...{ bareEntries: [] as number[], entries: [] as number[] },
  };
  for (let run = 0; run < options.runs; run++) {
    // In turn, segment by segment: whatever else the machine does meets all of them.
    for (const [n, file] of files.entries()) {
      const keyOf = (kind: string) => `${kind}/${run}-${n}`;
      const { path } = file;
      const entries = async (make: (key: string) => Promise<void>) => {
        for (let i = 0; i < ENTRIES_PER_SEGMENT; i++) await make(`${i}`);
      };
      seconds.parts.push(
        await timed(() => putBareParts(bare, { key: keyOf("parts"), path })),
      );
      seconds.ours.push(
        await timed(() =>
          store.create(keyOf("ours"), { kind: "file", ...file }, signal),
        ),
      );
      seconds.whole.push(
        await timed(() => putBareFile(bare, { key: keyOf("whole"), path })),
      );
      seconds.bareEntries.push(
        await timed(() =>
          entries((i) =>
            putBare(bare, { key: `${keyOf("bare-e")}-${i}`, body: ENTRY }),
          ),
        ),
      );
      seconds.entries.push(
        await timed(() =>
          entries((i) =>
            store.create(
              `${keyOf("e")}-${i}`,
              { kind: "bytes", bytes: ENTRY },
              signal,
            ),
          ),
        ),
      );
    }
  }
  client.destroy();
  const mibPerSecond = (each: readonly number[]) =>
    SEGMENT_BYTES / MIB / median(each);
  const { parts, ours, whole, bareEntries, entries } = seconds;
  report(
    "s3",
    { segments: options.segments, runs: options.runs },
    {
      "segments of 32 MiB, MiB/s": mibPerSecond(ours),
      "SDK alone, in parts, MiB/s": mibPerSecond(parts),
      "SDK alone, one request each, MiB/s": mibPerSecond(whole),
      "ratio to the SDK in parts": median(parts) / median(ours),
      "ratio to the SDK in one request": median(whole) / median(ours),
      "catalog entries/s": ENTRIES_PER_SEGMENT / median(entries),
      "SDK alone, entries/s": ENTRIES_PER_SEGMENT / median(bareEntries),
      "ratio of entries": median(bareEntries) / median(entries),
    },
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

async function writeSegment(path: string) {
  await using file = await open(path, "w");
  const hash = createHash("sha256");
  for (let at = 0; at < SEGMENT_BYTES; at += MIB) {
    const bytes = randomBytes(MIB);
    hash.update(bytes);
    await file.writeFile(bytes);
  }
  return { path, sizeBytes: SEGMENT_BYTES, sha256: hash.digest("hex") };
}
