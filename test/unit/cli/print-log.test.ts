import { expect, test } from "vitest";
import { createColors } from "picocolors";
import { printTransaction } from "../../../src/cli/print-log.ts";

test("a DDL command that names no object is told with the kind of it", () => {
  const ddl = (objects: readonly unknown[]) =>
    printTransaction(
      {
        seq: 1,
        xid: "741",
        position: "0/1",
        committedAt: 0n,
        rawCommittedAt: 0n,
        rows: 0,
        tables: [],
        events: [{ kind: "ddl", name: "REVOKE", body: { objects } }],
        moreEvents: 0,
      },
      createColors(false),
    );
  expect(ddl([{ type: "SCHEMA", name: null }])).toMatch(/REVOKE schema$/);
  expect(ddl([{ type: "view", name: "public.v" }])).toMatch(/REVOKE public.v$/);
});
