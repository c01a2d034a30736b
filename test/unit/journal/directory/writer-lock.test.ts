import { expect, it } from "vitest";
import { killChild, startChild } from "../../../support/child-process.ts";
import { journalFolder } from "../../../support/journal-files.ts";
import {
  begunWriter,
  orders,
  shapeRecord,
  startAt,
  transaction,
} from "../../../support/journal-samples.ts";
import { never } from "../../../support/never.ts";

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
  const holder = await startChild("journal-lock-holder.ts", folder.source);
  try {
    const journal = await folder.open();
    await expect(journal.openWriter(orders, never)).rejects.toMatchObject({
      code: "JOURNAL_LOCKED",
    });
    await killChild(holder.child);
    await using writer = await journal.openWriter(orders, never);
    await writer.append([shapeRecord, ...transaction(2)], never);
    expect(writer.head).toMatchObject(startAt(2));
  } finally {
    await killChild(holder.child);
  }
});
