import type { Catalog } from "../archive/catalog.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { TableHistories } from "../archive/table-history.ts";
import type { BaseScope } from "../base/plan-base.ts";
import { takeDueBase } from "../base/take-base.ts";
import { parseInstant, type Micros } from "../core/instant.ts";
import { sleep } from "../platform/sleep.ts";
import { FIRST_INCARNATION } from "./run-source.ts";
import type { SupervisedSource } from "./supervised-source.ts";

const LOOK_EVERY_MS = 500;
const STREAMS = 2;

/** Takes the bases that are due: after DDL of the tables concerned, and a whole one every so often. */
export async function scheduleBases(
  supervised: SupervisedSource,
  catalog: Catalog,
  signal: AbortSignal,
): Promise<void> {
  let looked = -1;
  for (;;) {
    await sleep(LOOK_EVERY_MS, signal);
    await catalog.refresh(signal);
    if (catalog.isEmpty || catalog.state.epoch === 0) continue;
    const plan = (state: CatalogState) =>
      planDueBase(state, supervised.clock.now(), supervised.baseEveryMs);
    const due =
      catalog.state.entry.n === looked && !isOld(catalog.state, supervised)
        ? undefined
        : plan(catalog.state);
    looked = catalog.state.entry.n;
    if (due === undefined) continue;
    supervised.logger.info(
      { source: supervised.source, ...due },
      "taking a base",
    );
    const base = await takeDueBase(
      {
        ...supervised,
        incarnation: FIRST_INCARNATION,
        catalog,
        streams: STREAMS,
      },
      plan,
      signal,
    );
    if (base === undefined) continue;
    supervised.logger.info(
      {
        source: supervised.source,
        base: base.base,
        seq: base.seq,
        rows: base.rows,
        bytes: base.bytes,
      },
      "base taken",
    );
  }
}

/** Which base is due now, and why. Pure. */
export function planDueBase(
  state: CatalogState,
  now: Micros,
  everyMs: number,
): { readonly scope: BaseScope; readonly reason: string } | undefined {
  const needed = new TableHistories(state).needsBase();
  if (needed !== undefined) return { scope: "needed", reason: needed };
  return lastWholeBase(state) + BigInt(everyMs) * 1000n <= now
    ? { scope: "all", reason: "the last whole one is old enough" }
    : undefined;
}

function isOld(state: CatalogState, supervised: SupervisedSource): boolean {
  return (
    lastWholeBase(state) + BigInt(supervised.baseEveryMs) * 1000n <=
    supervised.clock.now()
  );
}

function lastWholeBase(state: CatalogState): Micros {
  const whole = state.bases.findLast(
    (base) => base.tables.length === base.definitions.tables.length,
  );
  return whole === undefined ? 0n : parseInstant(whole.startedAt);
}
