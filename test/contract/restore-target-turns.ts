import { describe, expect, it } from "vitest";
import { caught, codeOf } from "../support/caught.ts";
import { never } from "../support/never.ts";
import {
  begin,
  openStructure,
  PLAN,
  runPhase,
  tableOf,
  type TargetUnderTest,
} from "./target-under-test.ts";

/** How one restore of a target follows another. Part of the port's suite. */
export function describeTurns(
  name: string,
  make: () => Promise<TargetUnderTest>,
): void {
  describe(`${name}: a finished restore`, () => {
    it("has its report until its ledger is dropped, and then is a database like any other", async () => {
      await using under = await make();
      const report = JSON.stringify({ rows: 2, note: "ü'\\" });
      {
        await using target = under.open();
        expect((await begin(under, target)).report).toBeUndefined();
        await runPhase(under, target, "structure");
        await target.complete(report, never);
      }
      {
        await using again = under.open();
        expect(await again.inspect(never)).toMatchObject({ planHash: PLAN });
        expect((await begin(under, again)).report).toBe(report);
        await again.dropLedger(never);
        await again.dropLedger(never);
      }
      await using third = under.open();
      expect(await third.inspect(never)).toMatchObject({
        empty: false,
        planHash: undefined,
      });
      expect(await codeOf(() => begin(under, third))).toBe("TARGET_NOT_EMPTY");
      expect(await third.inspect(never)).toMatchObject({ planHash: undefined });
    });
  });

  describe(`${name}: two restores at once`, () => {
    it("the second is told of the first, which goes on", async () => {
      await using begun = await openStructure(make);
      const { under, target: first } = begun;
      const table = tableOf(under, "t");
      const asked = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<void>();
      const rows = async function* () {
        yield Buffer.from("1\tone\n");
        asked.resolve();
        await answered.promise;
        yield Buffer.from("2\ttwo\n");
      };
      const loading = first.load(table, rows(), never);
      await asked.promise;
      await using second = under.open();
      const refused = await caught(() => begin(under, second));
      answered.resolve();
      await loading;
      expect(refused).toMatchObject({
        code: "TARGET_BUSY",
        message: expect.stringMatching(under.busy.who) as string,
        hint: expect.stringContaining(under.busy.hint) as string,
      });
      expect(await under.rows()).toEqual(["1 one", "2 two"]);
      // It has said what it had to say, and may have the target afterwards.
      await first[Symbol.asyncDispose]();
      expect((await begin(under, second)).done).toContain(
        second.loadStep(table.table),
      );
    });

    it("one whose hold is gone writes nothing any more", async () => {
      await using begun = await openStructure(make);
      const { under, target: first } = begun;
      await under.endHolds();
      await using second = under.open();
      await begin(under, second);
      const late = () => first.load(tableOf(under, "t"), line(), never);
      const line = async function* () {
        yield Buffer.from("1\tlate\n");
      };
      // The sessions that it had are ended, and it gets no other.
      for (let tries = 0; tries < 4; tries++)
        expect(await codeOf(late)).toBe("SERVER_UNREACHABLE");
      expect(await under.rows()).toEqual([]);
      await runPhase(under, second, "keys");
    });

    it("what a killed one has left at work is ended before the next begins", async () => {
      await using begun = await openStructure(make);
      const { under, target: first } = begun;
      // Of a process that is gone there are the sessions that are busy, and no hold.
      await first[Symbol.asyncDispose]();
      const busy = await under.leaveAtWork(under.waiting);
      await using second = under.open();
      await begin(under, second);
      await expect(busy.ended).rejects.toThrow();
      const rows = async function* () {
        yield Buffer.from("1\tone\n");
      };
      await second.load(tableOf(under, "t"), rows(), never);
      expect(await under.rows()).toEqual(["1 one"]);
    });
  });
}
