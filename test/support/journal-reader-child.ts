import { dirname } from "node:path";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import { orders } from "./journal-samples.ts";
import { never } from "./never.ts";

// Run as a process: reads transaction 1 of the source folder given and prints how many bytes it had, and by how many
// bytes the process grew meanwhile.
const journal = await openDirectoryJournal({
  directory: dirname(process.argv[2] ?? ""),
});
const before = process.resourceUsage().maxRSS;
let bytes = 0;
reading: for await (const batch of journal.read(orders, 0, never)) {
  for (const record of batch) {
    if (record.kind !== "part") continue;
    bytes += record.bytes.length;
    if (record.header.commit !== undefined) break reading;
  }
}
const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
process.stdout.write(JSON.stringify({ bytes, grownBytes }));
