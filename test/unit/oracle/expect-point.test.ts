import { expect, test } from "vitest";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import { formatLsn, lsnPosition } from "../../../src/core/position.ts";
import { expectPoint } from "../../oracle/expect-point.ts";
import type { IssuedDdl } from "../../oracle/issue-ddl.ts";

function basesAt(...positions: readonly bigint[]): CatalogState {
  const bases = positions.map((lsn) => ({
    definitions: { position: formatLsn(lsn) },
  }));
  return { bases } as unknown as CatalogState;
}

function ddl(after: bigint, through: bigint, certain = true): IssuedDdl {
  return {
    ...{ sql: "CREATE TABLE t ()", certain },
    ...{ after: lsnPosition(after), through: lsnPosition(through) },
  };
}

test.each([
  ["nothing happened since the base", [100n], [], 150n, "restored"],
  ["there is no base", [], [], 150n, "refused"],
  ["the first base may have begun before", [200n], [], 150n, "either"],
  [
    "a command lies before, the next base may have the same definitions",
    [100n, 200n],
    [ddl(110n, 120n)],
    150n,
    "either",
  ],
  [
    "a command lies on both sides",
    [100n, 200n],
    [ddl(110n, 120n), ddl(160n, 170n)],
    150n,
    "refused",
  ],
  ["no base came after", [100n], [ddl(110n, 120n)], 150n, "refused"],
  ["a command lies behind", [100n], [ddl(160n, 170n)], 150n, "restored"],
  [
    "a command may not have committed",
    [100n],
    [ddl(110n, 120n, false)],
    150n,
    "either",
  ],
  [
    "a command ended somewhere about the base",
    [100n],
    [ddl(90n, 110n)],
    150n,
    "either",
  ],
] as const)("%s", (...[, bases, issued, lsn, expected]) => {
  expect(expectPoint(lsnPosition(lsn), basesAt(...bases), issued)).toBe(
    expected,
  );
});
