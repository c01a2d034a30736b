import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readParts,
  shapeRecord,
  startAt,
  transaction,
} from "../support/journal-samples.ts";
import { missingService } from "../support/missing-service.ts";
import { never } from "../support/never.ts";
import { smallDisk } from "../support/small-disk.ts";

const ballastBytes = 600 * 1024;

it.for([
  ["while a frame is written", 64 * 1024 * 1024],
  ["while files are begun", 3000],
] as const)(
  "a disk that is full %s stops the writer, and the journal opens once there is room",
  async ([, rollBytes], { skip }) => {
    await using disk = await smallDisk();
    if (disk === undefined)
      return missingService("a tmpfs", "run as root on Linux", skip);
    const ballast = join(disk.path, "ballast");
    await writeFile(ballast, Buffer.alloc(ballastBytes, 1));
    const directory = join(disk.path, "journal");
    await using journal = await openDirectoryJournal({ directory, rollBytes });
    const writer = await begunWriter(journal);
    let acknowledged = 0;
    const filling = (async () => {
      for (let seq = 1; ; seq++) {
        await writer.append(transaction(seq, { valueBytes: 2000 }), never);
        acknowledged = seq;
      }
    })();
    await expect(filling).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(acknowledged).toBeGreaterThan(10);
    expect((await statfs(disk.path)).bavail).toBeLessThan(4);
    await expect(
      writer.append(transaction(acknowledged + 1), never),
    ).rejects.toMatchObject({ code: "DISK_FULL" });
    await writer[Symbol.asyncDispose]();
    await rm(ballast);
    await using next = await journal.openWriter(orders, never);
    expect(next.head).toMatchObject(startAt(acknowledged));
    const more = transaction(acknowledged + 1);
    await next.append([shapeRecord, ...more], never);
    const read = await readParts(journal, 0, acknowledged + 1);
    expect(read.length).toBe(acknowledged + 1);
    expect(partFacts(read.slice(-1))).toEqual(partFacts(more));
  },
);
