import { expect, test } from "vitest";
import type { SourcePart } from "../../../../src/engine/change-source.ts";
import {
  PartEncoder,
  UNCOUNTED,
  type CountedTable,
} from "../../../../src/engine/stream/part-encoder.ts";
import { sampleShape } from "../../../support/sample-records.ts";

const table = (id: number): CountedTable => ({
  ...UNCOUNTED,
  shape: sampleShape({
    ...{ table: id, name: `t${id}` },
    ...{ identity: "KEY", columns: ["id*"] },
  }),
});

test("tables of a part are in the order of their refs, also when a savepoint took back what gave them", () => {
  const parts: SourcePart[] = [];
  const encoder = new PartEncoder((part) => parts.push(part));
  const tables = [table(1), table(2), table(3)] as const;
  const touch = (...which: readonly number[]) => {
    for (const n of which) {
      const touched = tables[n] as CountedTable;
      encoder.touch(touched);
      touched.inserts++;
      encoder.added();
    }
  };
  encoder.begin("1");
  touch(0, 1);
  encoder.flush();
  // As the first part again: the one before is held elsewhere, and its refs stand.
  encoder.rewind({ parts: 0, refs: 2 });
  touch(2, 1, 0);
  encoder.flush();
  const refs = parts.map((part) => part.tables.map(({ ref }) => ref));
  expect(refs).toEqual([
    [0, 1],
    [0, 1, 2],
  ]);
});
