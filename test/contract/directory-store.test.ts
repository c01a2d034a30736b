import { join } from "node:path";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { describeObjectStore } from "./object-store.ts";

describeObjectStore("the directory store", async () => {
  const temp = await tempDirectory();
  const directory = join(temp.path, "deep", "archive");
  const store = await openDirectoryStore({ directory });
  return {
    store,
    again: () => openDirectoryStore({ directory }),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
});
