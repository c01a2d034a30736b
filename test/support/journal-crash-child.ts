import { writeSync } from "node:fs";
import { dirname } from "node:path";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import { dieAt } from "../../src/cli/die-at.ts";
import { installFailpoint } from "../../src/platform/failpoints.ts";
import {
  orders,
  shapeRecord,
  startAt,
  transaction,
} from "./journal-samples.ts";
import { never } from "./never.ts";

// Run as a process: opens the journal of the source folder given and goes through all that a writer does. It dies by SIGKILL
// at the n-th time that it comes to the failpoint given. What it was told is durable goes to stdout, a line each.
const [source = "", name = "", times] = process.argv.slice(2);
installFailpoint(dieAt({ name, hit: Number(times) }));

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const journal = await openDirectoryJournal({
  directory: dirname(source),
  rollBytes: 600,
});
const writer = await journal.openWriter(orders, never);
say(`head ${writer.head?.seq}`);
await writer.append([shapeRecord], never);
const head = writer.head?.seq ?? 0;
for (let seq = head + 1; seq <= head + 6; seq++) {
  for (const part of transaction(seq, { parts: 3 }))
    await writer.append([part], never);
  say(`head ${seq}`);
}
await journal.trim(orders, head + 4, never);
say("beginning");
await writer.begin(startAt(100), never);
say("head 100");
for (let seq = 101; seq <= 104; seq++) {
  await writer.append(transaction(seq, { parts: 2 }), never);
  say(`head ${seq}`);
}
await journal[Symbol.asyncDispose]();
