import { verifyArchive } from "../../src/restore/verify-archive.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { never } from "./never.ts";
import { openSampleArchive } from "./sample-archive.ts";
import { ORDERS } from "./sample-catalog.ts";
import { fillSampleOrders } from "./sample-orders.ts";
import { tempDirectory } from "./temp-directory.ts";

/** The report on the archive of `orders` in a store. */
export async function verify(store: ObjectStore) {
  await using work = await tempDirectory();
  return await verifyArchive(
    {
      ...{ store, source: ORDERS, workFolder: work.path },
      onProgress: () => undefined,
    },
    never,
  );
}

/** The sample, and its objects by what they are. */
export async function sample() {
  const store = new MemoryStore();
  await using archive = await openSampleArchive(store);
  await fillSampleOrders(archive);
  const { state } = archive.reading;
  const [segment, second] = state.segments.map(({ object }) => object.key);
  const [base] = state.bases;
  const part = [...store.objects.keys()].find((key) =>
    key.endsWith("16390/001-00001.tsv.zst"),
  );
  if (!segment || !second || !base || !part) throw new Error("no sample");
  const { manifest, definitions } = base;
  return {
    store,
    state,
    keys: {
      segment,
      second,
      part,
      manifest: manifest.key,
      definitions: definitions.key,
    },
  };
}
