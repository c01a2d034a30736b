import { expect, test } from "vitest";
import { type Catalog, openCatalog } from "../../../src/archive/catalog.ts";
import {
  lsnOf,
  lsnPosition,
  parsePosition,
} from "../../../src/core/position.ts";
import type { SourceAdmin } from "../../../src/engine/source-admin.ts";
import { proveContinuity } from "../../../src/services/prove-continuity.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  begunCatalog,
  catalogOptions,
  nextSegment,
  SAMPLE_SOURCE,
} from "../../support/sample-catalog.ts";

const IDENTITY = { ...SAMPLE_SOURCE, database: "orders" };

/** What `proveContinuity` asks of a source; whatever else would be asked is missing. */
function sourceAt(
  startPosition: SourceAdmin["startPosition"],
  end: string,
): SourceAdmin {
  return {
    identity: async () => IDENTITY,
    startPosition,
    currentPosition: async () => parsePosition(end),
  } as Partial<SourceAdmin> as SourceAdmin;
}

async function archive(catalog: Catalog) {
  const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
  await writer.append(nextSegment(writer.state, 3), never);
  return parsePosition(writer.state.reread.position);
}

test("a slot that another process advances meanwhile is within what that has archived", async () => {
  const store = new MemoryStore();
  const other = await begunCatalog(store);
  const catalog = await openCatalog(catalogOptions(store), never);
  const source = sourceAt(() => archive(other), "0/2000000");
  expect(await proveContinuity(catalog, source, never)).toBe(IDENTITY);
  expect(catalog.state.head.seq).toBe(3);
});

test("a slot beyond what is archived has lost history, a log that ends before it is another one", async () => {
  const catalog = await begunCatalog(new MemoryStore());
  const reread = await archive(catalog);
  const beyond = lsnPosition(lsnOf(reread) + 1n);
  await expect(
    proveContinuity(
      catalog,
      sourceAt(async () => beyond, "0/2000000"),
      never,
    ),
  ).rejects.toMatchObject({ code: "HISTORY_LOST" });
  await expect(
    proveContinuity(
      catalog,
      sourceAt(async () => reread, "0/1000001"),
      never,
    ),
  ).rejects.toMatchObject({ code: "SOURCE_DIVERGED" });
});
