import { describe, expect, it } from "vitest";
import type { Definitions } from "../../src/engine/definitions.ts";
import { RowDigest } from "../../src/format/row-digest.ts";
import { codeOf } from "../support/caught.ts";
import { never } from "../support/never.ts";
import { describeTurns } from "./restore-target-turns.ts";
import {
  begin,
  openStructure,
  PLAN,
  runPhase,
  tableOf,
  type TargetUnderTest,
} from "./target-under-test.ts";

/** The port's suite: every adapter runs it. */
export function describeRestoreTarget(
  name: string,
  make: () => Promise<TargetUnderTest>,
): void {
  describe(`${name}: what is found`, () => {
    it("is nothing, then an unfinished restore, which goes on with its own plan alone", async () => {
      await using under = await make();
      await using target = under.open();
      expect(await target.inspect(never)).toMatchObject({
        exists: false,
        empty: true,
        planHash: undefined,
        identity: under.identity.before,
      });
      expect([...(await begin(under, target)).done]).toEqual([]);
      await runPhase(under, target, "structure");
      await target[Symbol.asyncDispose]();
      await using again = under.open();
      expect(await again.inspect(never)).toMatchObject({
        exists: true,
        empty: true,
        planHash: PLAN,
        identity: under.identity.then,
      });
      const { done } = await begin(under, again);
      expect(done.size).toBeGreaterThan(1);
      const { progress } = await runPhase(under, again, "structure");
      expect(progress).toEqual([]);
      const other = { planHash: "plan-2", definitions: under.definitions };
      expect(await codeOf(() => again.begin(other, never))).toBe(
        "TARGET_NOT_EMPTY",
      );
    });

    it("is not empty with anything of a user's in it", async () => {
      await using first = await make();
      for (const [what, sql] of first.leavings) {
        await using under = await make();
        await using target = under.open();
        await begin(under, target);
        await runPhase(under, target, "structure");
        await target.dropLedger(never);
        await under.clear();
        expect(await target.inspect(never)).toMatchObject({ empty: true });
        await under.run(sql);
        expect(await target.inspect(never), what).toMatchObject({
          empty: false,
          planHash: undefined,
        });
      }
    });
  });

  describe(`${name}: a load`, () => {
    it("is whole or not at all, and is read back as it was sent", async () => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      const table = tableOf(under, "t");
      const failing = async function* () {
        yield Buffer.from("1\tone\n2\ttwo\n");
        throw new Error("the archive is away");
      };
      await expect(target.load(table, failing(), never)).rejects.toThrow(
        "the archive is away",
      );
      expect(await under.rows()).toEqual([]);
      expect(
        (await begin(under, target)).done.has(target.loadStep(table.table)),
      ).toBe(false);
      const lines = Array.from(
        { length: 5000 },
        (_, id) =>
          `${id}\t${id % 7 === 0 ? "\\N" : `\\\\ ${"ü".repeat(id % 50)}`}\n`,
      ).join("");
      await target.load(table, cutAnywhere(Buffer.from(lines)), never);
      const digest = new RowDigest();
      digest.add(Buffer.from(lines));
      expect(await target.digest(table, never)).toEqual(digest.finish());
      await under.run(`UPDATE ${under.t} SET note = 'other' WHERE id = 7`);
      expect(await target.digest(table, never)).not.toEqual(digest.finish());
      await target[Symbol.asyncDispose]();
      await using again = under.open();
      expect(
        (await begin(under, again)).done.has(again.loadStep(table.table)),
      ).toBe(true);
    });

    it("is there when the restore is finished", async () => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      await target.load(
        tableOf(under, "t"),
        cutAnywhere(Buffer.from("1\tone\n2\ttwo\n")),
        never,
      );
      for (const each of ["keys", "foreign-keys", "rest"] as const)
        await runPhase(under, target, each);
      await target.complete("{}", never);
      expect(await under.rows()).toEqual(["1 one", "2 two"]);
      await target.dropLedger(never);
      expect(await target.inspect(never)).toMatchObject({
        empty: false,
        planHash: undefined,
      });
    });

    it("ends when it is cancelled, and the next one is not in its way", async () => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      const stop = new AbortController();
      const rows = async function* () {
        yield Buffer.from("1\tone\n");
        stop.abort(new Error("enough"));
        yield Buffer.from("2\ttwo\n");
        await new Promise(() => undefined);
      };
      const table = tableOf(under, "t");
      await expect(target.load(table, rows(), stop.signal)).rejects.toThrow(
        "enough",
      );
      await target.load(table, cutAnywhere(Buffer.from("3\tthree\n")), never);
      expect(await under.rows()).toEqual(["3 three"]);
    });

    it("of a row that the table does not take names the table", async () => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      const rows = cutAnywhere(Buffer.from("x\tone\n"));
      await expect(
        target.load(tableOf(under, "t"), rows, never),
      ).rejects.toMatchObject({
        code: "STATEMENT_FAILED",
        message: expect.stringContaining(under.t) as string,
      });
    });
  });

  describeTurns(name, make);

  describe(`${name}: an object`, () => {
    it("that is optional and fails is said, and does not stop the rest", async () => {
      await using begun = await openStructure(make);
      const { under, target } = begun;
      const { objects } = under.definitions;
      const [first] = objects;
      if (first === undefined) throw new Error("no objects");
      const broken = {
        ...first,
        id: "1:2:3",
        kind: "grant",
        name: "to nobody",
        phase: "rest" as const,
        statements: [under.impossible],
        ...(under.within === undefined ? {} : { within: under.within }),
        needs: [],
        optional: true as const,
      };
      const run = (all: Definitions["objects"]) =>
        target.runSchema(
          {
            definitions: { ...under.definitions, objects: all },
            phase: "rest",
            streams: 1,
            onProgress: () => undefined,
          },
          never,
        );
      const failed = await run([broken]);
      expect(failed).toEqual([
        expect.stringContaining("grant to nobody") as string,
      ]);
      const { optional: _, ...needed } = broken;
      await expect(run([needed])).rejects.toMatchObject({
        message: expect.stringContaining("grant to nobody") as string,
      });
    });
  });
}

/** In pieces of every size, most of which end inside a row. */
export async function* cutAnywhere(bytes: Buffer): AsyncGenerator<Uint8Array> {
  let size = 1;
  for (
    let from = 0;
    from < bytes.length;
    from += size, size = (size * 7) % 4099
  )
    yield bytes.subarray(from, from + size);
}
