import { dirname } from "node:path";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import { orders } from "./journal-samples.ts";
import { never } from "./never.ts";

// Run as a process: holds the writer of the source folder given, until it is killed.
const journal = await openDirectoryJournal({
  directory: dirname(process.argv[2] ?? ""),
});
await journal.openWriter(orders, never);
process.stdout.write("open\n");
setInterval(() => undefined, 1_000_000);
