import { setTimeout as delay } from "node:timers/promises";
import type { Position } from "../../src/core/position.ts";
import type { OracleSource } from "./engine.ts";
import type { Random } from "./random.ts";
import type { Turns } from "./turns.ts";

/** Statements with DDL among them: their end lies behind `after` and not behind `through`. */
export interface IssuedDdl {
  /** They were carried out; otherwise the server died and did not say. */
  readonly certain: boolean;
  readonly sql: string;
  readonly after: Position;
  readonly through: Position;
}

/** Until the signal: transactions with DDL at random moments, never while a dump reads. */
export async function issueDdl(
  use: {
    readonly source: OracleSource;
    readonly random: Random;
    readonly turns: Turns;
    readonly issued: IssuedDdl[];
    readonly everyMs: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, random, turns, issued, everyMs } = use;
  const session = source.ddl(random.fork("ddl"));
  while (!signal.aborted) {
    // One soon after the other, or with time for a base between them.
    const pauseMs =
      issued.length === 0 || random.chance(0.6)
        ? random.integer(1, everyMs)
        : random.integer(3_000, 8_000);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const statements = session.next();
    await turns.take(async () => {
      let after: Position | undefined;
      const attempt = await source.living.attempt(async () => {
        after = await source.currentPosition();
        return await session.run(statements);
      });
      if (attempt.kind === "done" && !attempt.result) return;
      const certain = attempt.kind === "done";
      if (after === undefined) return;
      const through = await source.living.survive(() =>
        source.currentPosition(),
      );
      issued.push({ sql: statements.join("; "), certain, after, through });
    });
  }
}
