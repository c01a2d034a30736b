import { describe, expect, it } from "vitest";
import { lsnOf, type Position } from "../../src/core/position.ts";
import { SourceReader } from "../support/source-reader.ts";
import { waitUntil } from "../support/wait-until.ts";
import type { SourceUnderTest } from "./change-source.ts";

/** A source that keeps its log until it is told that it may discard it. */
export interface AcknowledgedSource extends SourceUnderTest {
  /** What the source has been told it may discard. */
  acknowledged(): Promise<Position>;
}

const insert = (id: number) =>
  `INSERT INTO t (id, note) VALUES (${id}, 'n${id}')`;

/** For adapters whose source has something like a slot. */
export function describeAcknowledgement(
  name: string,
  make: () => Promise<AcknowledgedSource>,
): void {
  const notes = (reader: SourceReader) =>
    reader.read.map(({ rows }) =>
      rows.map(({ values }) => String(values[1])).join(),
    );
  const freed = (under: AcknowledgedSource) =>
    waitUntil("the source is free", async () => !(await under.isRead()));

  describe(`${name}: what is acknowledged`, () => {
    it("moves exactly there, never back, and by nothing else", async () => {
      await using under = await make();
      const start = await under.acknowledged();
      for (let id = 1; id <= 4; id++) await under.run(insert(id));
      const source = under.open({ progressEveryMs: 20 });
      await using reader = new SourceReader(source, start);
      const [first, second] = await reader.transactions(4);
      if (first === undefined || second === undefined) throw new Error("none");
      expect(await under.acknowledged()).toEqual(start);
      source.acknowledge(second.position);
      await waitUntil(
        "it is acknowledged",
        async () => lsnOf(await under.acknowledged()) !== lsnOf(start),
      );
      expect(await under.acknowledged()).toEqual(second.position);
      source.acknowledge(first.position);
      // Long after: more was read, and the source was asked and answered several times.
      await under.run(insert(5));
      await reader.transactions(5);
      const end = await under.passableEnd();
      await reader.until("the end", () => reader.hasPassed(end));
      const said = reader.progress.length;
      await reader.until(
        "more progress",
        () => reader.progress.length >= said + 3,
      );
      expect(await under.acknowledged()).toEqual(second.position);
    });

    it("is not sent again by a source that has it from the start on", async () => {
      await using under = await make();
      const start = await under.acknowledged();
      for (let id = 1; id <= 3; id++) await under.run(insert(id));
      let place = start;
      {
        const source = under.open();
        await using reader = new SourceReader(source, start);
        const read = await reader.transactions(3);
        place = read[1]?.position ?? start;
        source.acknowledge(place);
        await waitUntil(
          "it is acknowledged",
          async () => lsnOf(await under.acknowledged()) === lsnOf(place),
        );
      }
      await freed(under);
      await using reader = new SourceReader(under.open(), place);
      await reader.transactions(1);
      expect(notes(reader)).toEqual(["n3"]);
    });
  });
}
