import { expect, test } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { waitForMarker } from "../../../src/cli/actions/wait-for-marker.ts";
import { TidemarkError } from "../../../src/core/errors.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { catalogOptions } from "../../support/sample-catalog.ts";

const retained = async () => ({
  walBytes: 0,
  limitBytes: undefined,
  confirmed: undefined,
  slotActive: true,
});

async function emptyCatalog() {
  const store = new FaultyStore(new MemoryStore());
  return { store, catalog: await openCatalog(catalogOptions(store), never) };
}

test("an archive or a server that is away after the marker was written hides neither that nor the other sources", async () => {
  const { store, catalog } = await emptyCatalog();
  store.fail({
    calls: ["stat"],
    nth: 1,
    fails: "before",
    forEver: true,
    error: new TidemarkError("STORE_UNREACHABLE", "no answer", { hint: "" }),
  });
  expect(
    await waitForMarker("here", { admin: { retained }, catalog }, never),
  ).toBe(
    "whether it is archived could not be seen: STORE_UNREACHABLE: no answer",
  );
  store.heal();
  const gone = async () => {
    throw new TidemarkError("SERVER_UNREACHABLE", "gone");
  };
  expect(
    await waitForMarker("here", { admin: { retained: gone }, catalog }, never),
  ).toContain("SERVER_UNREACHABLE: gone");
});

test("a signal ends the waiting", async () => {
  const { catalog } = await emptyCatalog();
  const stop = new AbortController();
  const waiting = waitForMarker(
    "here",
    {
      admin: {
        retained: async () => {
          stop.abort(new TidemarkError("CANCELLED", "stopped"));
          return retained();
        },
      },
      catalog,
    },
    stop.signal,
  );
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
});
