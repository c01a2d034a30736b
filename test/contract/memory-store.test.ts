import { MemoryStore } from "../support/memory-store.ts";
import { FaultyStore } from "../support/faulty-store.ts";
import { describeObjectStore } from "./object-store.ts";

describeObjectStore("the memory store of the tests", async () => {
  const store = new MemoryStore();
  return {
    store,
    again: async () => store,
    [Symbol.asyncDispose]: async () => undefined,
  };
});

describeObjectStore("a faulty store without a fault", async () => {
  const store = new FaultyStore(new MemoryStore());
  return {
    store,
    again: async () => store,
    [Symbol.asyncDispose]: async () => undefined,
  };
});
