import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { journalFolder } from "../../../support/journal-files.ts";
import {
  begunWriter,
  orders,
  shapeRecord,
  startAt,
  transaction,
} from "../../../support/journal-samples.ts";
import { never } from "../../../support/never.ts";

const HOLDER = fileURLToPath(
  new URL("../../../support/journal-lock-holder.ts", import.meta.url),
);

/** A process that has the writer open. */
async function holder(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [HOLDER, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  expect(line.toString()).toBe("open\n");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

it("another process's writer is locked out, by name, until this one closes", async () => {
  await using folder = await journalFolder();
  const other = await folder.open();
  const writer = await begunWriter(await folder.open());
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(other.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_LOCKED",
      message: expect.stringContaining(
        `${folder.source}/lock.sqlite`,
      ) as string,
    });
  }
  await writer.append(transaction(1), never);
  await writer[Symbol.asyncDispose]();
  await using next = await other.openWriter(orders, never);
  expect(next.head).toMatchObject(startAt(1));
});

it("a process holds the lock as long as it lives, and not longer", async () => {
  await using folder = await journalFolder();
  {
    await using writer = await begunWriter(await folder.open());
    await writer.append(transaction(1), never);
  }
  const child = await holder(folder.source);
  try {
    const journal = await folder.open();
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_LOCKED",
    });
    await kill(child);
    await using writer = await journal.openWriter(orders, never);
    await writer.append([shapeRecord, ...transaction(2)], never);
    expect(writer.head).toMatchObject(startAt(2));
  } finally {
    if (child.exitCode === null && child.signalCode === null) await kill(child);
  }
});
