import { describe, expect, it } from "vitest";
import type { RestorePlan } from "../../../src/restore/plan-restore.ts";
import { readPlannedBases } from "../../../src/restore/planned-bases.ts";
import { codeOf } from "../../support/caught.ts";
import { never } from "../../support/never.ts";
import { sample } from "../../support/verify-sample.ts";

/** A plan with the one base there is, whose entry says so of its table. */
async function planned(says: {
  readonly seq?: number;
  readonly rows?: number;
}) {
  const { store, state } = await sample();
  const [base] = state.bases;
  const [told, ...others] = base?.tables ?? [];
  if (base === undefined || told === undefined) throw new Error("no base");
  const act = { ...base, tables: [{ ...told, ...says }, ...others] };
  const tables = [{ table: told.table, base: { base: act } }];
  return { store, plan: { tables } as unknown as RestorePlan, told };
}

describe("the bases of a restore", () => {
  it("are read by their manifests", async () => {
    const { store, plan, told } = await planned({});
    const bases = await readPlannedBases(store, plan, never);
    expect(bases.get(told.table)).toMatchObject({ seq: told.seq });
  });

  it.each([{ seq: 1 }, { rows: 4_711 }])(
    "are damaged where their entry has %o, by which the restore was planned",
    async (says) => {
      const { store, plan } = await planned(says);
      expect(await codeOf(() => readPlannedBases(store, plan, never))).toBe(
        "ARCHIVE_DAMAGED",
      );
    },
  );
});
