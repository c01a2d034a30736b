import { join } from "node:path";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { describeJournal } from "./journal.ts";

for (const [name, rollBytes] of [
  ["the directory journal in one file", 64 * 1024 * 1024],
  ["the directory journal in many files", 1000],
  ["the directory journal with a file per append", 1],
] as const) {
  describeJournal(name, async () => {
    const temp = await tempDirectory();
    const directory = join(temp.path, "deep", "journal");
    const open = () =>
      openDirectoryJournal({ directory, rollBytes, pollMs: 5 });
    const journal = await open();
    return {
      journal,
      again: open,
      [Symbol.asyncDispose]: async () => {
        await journal[Symbol.asyncDispose]();
        await temp[Symbol.asyncDispose]();
      },
    };
  });
}
