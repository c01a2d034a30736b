import { join } from "node:path";
import { expect, it } from "vitest";
import type { SegmentAct } from "../../../src/archive/acts.ts";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { segmentKey } from "../../../src/archive/keys.ts";
import { createSegmentSpool } from "../../../src/archive/segment-writer.ts";
import type { Change } from "../../../src/core/change.ts";
import { formatPosition, lsnPosition } from "../../../src/core/position.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import {
  catalogOptions,
  ORDERS,
  SAMPLE_SOURCE,
  SOURCE_ACT,
} from "../../support/sample-catalog.ts";
import {
  sampleParts,
  samplePosition,
  sampleRow,
  sampleShape,
} from "../../support/sample-records.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const shape = sampleShape({
  table: 16390,
  name: "orders",
  identity: "KEY",
  columns: ["id*"],
});
const insert: Change = { kind: "insert", ref: 0, after: sampleRow("1") };
const ddl: Change = {
  kind: "event",
  event: "ddl",
  name: "ALTER TABLE",
  body: Buffer.from('{"tables":[16390]}'),
};
const marker: Change = {
  kind: "event",
  event: "marker",
  name: "before-release",
  body: Buffer.from("{}"),
};

it("takes what a spool says of its segment, one after another", async () => {
  await using temp = await tempDirectory();
  const store = new MemoryStore();
  const catalog = await openCatalog(catalogOptions(store), never);
  const position = formatPosition(lsnPosition(samplePosition(0)));
  const start = { ...SOURCE_ACT.start, position };
  await catalog.begin({ ...SOURCE_ACT, start }, never);
  const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
  const shapes = new Map([[shape.id, shape]]);
  for (const seqs of [[1], [2, 3, 4], [5, 6]]) {
    const { seq, position, rollingHash } = writer.state.head;
    await using spool = await createSegmentSpool({
      path: join(temp.path, `${seq}.avro`),
      incarnation: 1,
      before: { seq, position, rollingHash },
      shapes,
      fullBytes: 1 << 30,
    });
    await spool.add([
      { kind: "shape", shape },
      ...seqs.flatMap((each) =>
        sampleParts({
          seq: each,
          shapes: [shape],
          parts: [[insert, marker], [ddl]],
        }),
      ),
    ]);
    const { summary, object } = await spool.finish();
    const act: SegmentAct = {
      act: "segment",
      epoch: writer.epoch,
      ...summary,
      proved: true,
      object: {
        key: segmentKey(ORDERS, {
          epoch: writer.epoch,
          first: summary.first.seq,
          last: summary.last.seq,
          sha256: object.sha256,
        }),
        ...object,
      },
    };
    await writer.append(act, never);
    expect(writer.state.head.seq).toBe(seqs.at(-1));
  }
  const other = await openCatalog(catalogOptions(store), never);
  expect(other.state).toEqual(catalog.state);
  expect(other.state.segments[1]?.events).toHaveLength(6);
});
