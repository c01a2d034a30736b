import { describe, expect, it } from "vitest";
import type { SequenceValue } from "../../src/engine/restore-target.ts";
import { never } from "../support/never.ts";
import { openStructure, type TargetUnderTest } from "./target-under-test.ts";

/** Of engines that have CREATE SEQUENCE. Part of the port's suite. */
export function describeSequences(
  name: string,
  make: () => Promise<
    TargetUnderTest & {
      /** What the sequence gives next. */
      next(sequence: string): Promise<bigint>;
    }
  >,
): void {
  describe(`${name}: a sequence`, () => {
    it.each<
      readonly [
        what: string,
        options: string,
        rows: readonly number[],
        value: Partial<SequenceValue>,
        next: bigint,
      ]
    >([
      ["goes on behind its reading", "", [1, 2], { lastValue: "9" }, 10n],
      ["goes on behind its rows", "", [1, 12], { lastValue: "9" }, 13n],
      [
        "begins where it was to begin",
        "",
        [],
        { lastValue: "5", isCalled: false },
        5n,
      ],
      [
        "was not called, and has rows",
        "",
        [8],
        { lastValue: "5", isCalled: false },
        9n,
      ],
      [
        "goes down",
        "INCREMENT -1 MINVALUE -1000 START -1",
        [-3, -20],
        { increment: "-1", lastValue: "-9" },
        -21n,
      ],
      [
        "goes down and was not called",
        "INCREMENT -1 MINVALUE -1000 START -1",
        [],
        { increment: "-1", lastValue: "-1", isCalled: false },
        -1n,
      ],
      [
        "has rows below its bounds alone",
        "",
        [-7, 0],
        { lastValue: "1", isCalled: false },
        1n,
      ],
      [
        "has rows above its bounds",
        "MAXVALUE 100",
        [50, 101],
        { lastValue: "9" },
        51n,
      ],
      [
        "has steps",
        "INCREMENT 10",
        [11],
        { increment: "10", lastValue: "31" },
        41n,
      ],
    ])("that %s", async (...[, options, ids, value, next]) => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      const namespace = under.namespace;
      const made = `${namespace}.made`;
      const column = (table: string, of = "id") => ({
        namespace,
        table,
        column: of,
      });
      await under.run(`CREATE SEQUENCE ${made} ${options}`);
      for (const id of ids)
        await under.run(`INSERT INTO ${under.t} (id) VALUES (${id})`);
      await target.finishSequences(
        [
          {
            namespace,
            name: "made",
            increment: "1",
            lastValue: "1",
            isCalled: true,
            // Text is no number, whatever was made of one.
            columns: [column("t"), column("u"), column("t", "note")],
            ...value,
          },
        ],
        never,
      );
      expect(await under.next(made)).toBe(next);
    });
  });
}
