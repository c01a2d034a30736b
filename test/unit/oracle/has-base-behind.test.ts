import { expect, test } from "vitest";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import { formatLsn, lsnPosition } from "../../../src/core/position.ts";
import { hasBaseBehind } from "../../oracle/has-base-behind.ts";

function archived(of: {
  readonly base?: { readonly seq: number; readonly lsn: bigint };
  readonly through: bigint;
  readonly ddl: readonly number[];
}): CatalogState {
  const { base } = of;
  const bases =
    base === undefined
      ? []
      : [{ definitions: { seq: base.seq, position: formatLsn(base.lsn) } }];
  const events = of.ddl.map((seq) => ({ kind: "ddl", seq, name: "x" }));
  const progress = { position: formatLsn(of.through) };
  return { bases, segments: [{ events }], progress } as unknown as CatalogState;
}

const command = {
  ...{ sql: "x", certain: true },
  ...{ after: lsnPosition(100n), through: lsnPosition(120n) },
};

test.each([
  ["no base", { through: 200n, ddl: [7] }, false],
  [
    "a base behind it",
    { base: { seq: 9, lsn: 130n }, through: 200n, ddl: [7] },
    true,
  ],
  [
    "a base before it",
    { base: { seq: 5, lsn: 90n }, through: 200n, ddl: [7] },
    false,
  ],
  [
    "a base that read it at once",
    { base: { seq: 7, lsn: 110n }, through: 200n, ddl: [7] },
    true,
  ],
  [
    "a base that may have read it, before the archive has come so far",
    { base: { seq: 7, lsn: 110n }, through: 115n, ddl: [] },
    false,
  ],
])("%s", (_what, state, behind) => {
  expect(hasBaseBehind(archived(state), [command])).toBe(behind);
});
