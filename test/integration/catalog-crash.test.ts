import { cp } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { openCatalog } from "../../src/archive/catalog.ts";
import { CATALOG_FAILPOINTS } from "../../src/archive/entry-log.ts";
import { segmentKey } from "../../src/archive/keys.ts";
import { readCatalog } from "../../src/archive/read-catalog.ts";
import { SWEEP_FAILPOINTS } from "../../src/archive/sweep.ts";
import { STORE_FAILPOINTS } from "../../src/storage/directory/create-object.ts";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { runChild } from "../support/child-process.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { never } from "../support/never.ts";
import {
  begunCatalog,
  catalogOptions,
  freeAct,
  nextSegment,
  ORDERS,
  SAMPLE_SOURCE,
} from "../support/sample-catalog.ts";
import {
  tempDirectory,
  type TempDirectory,
} from "../support/temp-directory.ts";

/** Entries before the child: a few more, and a checkpoint is due. */
const BEFORE = 995;
const before = new MemoryStore();

beforeAll(async () => {
  const catalog = await begunCatalog(before);
  for (let n = 2; n <= BEFORE; n++) await catalog.append(freeAct(n), never);
  // What a writer of an older epoch left behind.
  const key = segmentKey(ORDERS, {
    epoch: 1,
    first: 1,
    last: 9,
    sha256: "ab".repeat(32),
  });
  await before.create(key, { kind: "bytes", bytes: Buffer.from("x") }, never);
});

async function prepare(directory: string): Promise<void> {
  await using store = await openDirectoryStore({ directory });
  const objects = [...before.objects];
  await Promise.all(
    objects.map(([key, bytes]) =>
      store.create(key, { kind: "bytes", bytes }, never),
    ),
  );
}

interface Death {
  readonly signal: string | null;
  readonly acknowledged: number;
}

async function runToDeath(
  directory: string,
  failpoint: string,
  times: number,
): Promise<Death> {
  const { signal, lines } = await runChild(
    "catalog-crash-child.ts",
    ...[directory, failpoint, `${times}`],
  );
  return { signal, acknowledged: Number(lines.at(-1)) };
}

let prepared: TempDirectory;
beforeAll(async () => {
  prepared = await tempDirectory();
  await prepare(prepared.path);
  return () => prepared[Symbol.asyncDispose]();
});

const cases = [
  ...CATALOG_FAILPOINTS.flatMap((failpoint) =>
    (failpoint === "catalog.checkpoint-written" ? [1] : [1, 5, 6]).map(
      (times) => ({ failpoint, times }),
    ),
  ),
  ...STORE_FAILPOINTS.flatMap((failpoint) =>
    [1, 2, 7, 8].map((times) => ({ failpoint, times })),
  ),
  ...SWEEP_FAILPOINTS.map((failpoint) => ({ failpoint, times: 1 })),
];

it.each(cases)(
  "a process killed at $failpoint, time $times, leaves a whole chain with all that it was told is durable",
  async ({ failpoint, times }) => {
    await using temp = await tempDirectory();
    const directory = join(temp.path, "archive");
    await cp(prepared.path, directory, { recursive: true });
    const { signal, acknowledged } = await runToDeath(
      directory,
      failpoint,
      times,
    );
    expect(signal).toBe("SIGKILL");
    await using store = await openDirectoryStore({ directory });
    const place = { store, source: ORDERS };
    const proved = await readCatalog({ ...place, from: "start" }, never);
    const least = Math.max(acknowledged, BEFORE);
    expect([least, least + 1]).toContain(proved?.entry.n);
    const catalog = await openCatalog(catalogOptions(store), never);
    expect(catalog.state).toEqual(proved);
    for (const { object } of catalog.state.segments) {
      expect(await store.stat(object.key, never)).toBeDefined();
    }
    const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
    await writer.append(nextSegment(writer.state), never);
    for (let turn = 0; turn < 8; turn++) {
      await catalog.append(freeAct(turn), never);
    }
    const after = await readCatalog({ ...place, from: "start" }, never);
    expect(after).toEqual(catalog.state);
    expect(await readCatalog(place, never)).toEqual(after);
  },
);
