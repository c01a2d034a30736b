import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { journalFolder } from "../support/journal-files.ts";
import { begunWriter, transaction } from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

const MIB = 1024 * 1024;
const CHILD = fileURLToPath(
  new URL("../support/journal-reader-child.ts", import.meta.url),
);

it("a transaction is read in far less memory than it has bytes", async () => {
  await using folder = await journalFolder();
  {
    await using writer = await begunWriter(await folder.open());
    const parts = transaction(1, { parts: 320, valueBytes: MIB });
    for (let at = 0; at < parts.length; at += 4)
      await writer.append(parts.slice(at, at + 4), never);
  }
  const { stdout } = await promisify(execFile)(process.execPath, [
    CHILD,
    folder.source,
  ]);
  const { bytes, grownBytes } = JSON.parse(stdout) as {
    bytes: number;
    grownBytes: number;
  };
  expect(bytes).toBeGreaterThan(320 * MIB);
  expect(grownBytes).toBeLessThan(160 * MIB);
});
