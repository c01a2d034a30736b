import { parseInstant } from "../../src/core/instant.ts";
import { formatPosition } from "../../src/core/position.ts";
import { readArchive } from "./archive-reader.ts";
import type { SourceDump } from "./dump.ts";
import type { OracleEngine } from "./engine.ts";
import { expectPoint } from "./expect-point.ts";
import type { Gathered } from "./gather-dumps.ts";
import type { Installation } from "./installation.ts";
import { planManner } from "./plan-round.ts";
import type { Random } from "./random.ts";
import {
  isByTime,
  restoreDump,
  type RestoreManner,
  type RestoreResult,
} from "./restore-dump.ts";

export interface RestoredCounts {
  readonly dumps: number;
  readonly restored: number;
  /** Of the restored ones: asked for by a time. */
  readonly byTime: number;
  readonly refused: number;
  readonly killed: number;
  readonly resumed: number;
}

/** A restore that did not do what it had to, with all that is needed to look at it. */
export class OracleDifference extends Error {
  readonly position: string;
  readonly differences: readonly string[];

  constructor(dump: SourceDump, differences: readonly string[]) {
    const position = formatPosition(dump.position);
    super(
      `at ${position}: ${differences
        .map((line) => line.slice(0, 600))
        .slice(0, 20)
        .join("\n")}`,
    );
    this.position = position;
    this.differences = differences;
  }
}

/** Restores every dump, each in a manner of its own, and compares. Throws OracleDifference. */
export async function restoreAll(
  where: {
    readonly installation: Installation;
    readonly engine: OracleEngine;
    readonly gathered: Gathered;
  },
  random: Random,
  signal: AbortSignal,
): Promise<RestoredCounts> {
  const { dumps } = where.gathered;
  const counts = {
    ...{ dumps: 0, restored: 0, byTime: 0 },
    ...{ refused: 0, killed: 0, resumed: 0 },
  };
  const waiting = [...dumps.entries()];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      signal.throwIfAborted();
      const [index, taken] = one;
      const dump = await sinceTimesBegin(taken, where.installation);
      const manner = planManner(
        random.fork(index),
        where.engine.targetFailpoints,
      );
      const result = await restoreOne(where, dump, manner);
      counts.dumps++;
      if (result.kind === "unreachable") {
        counts.refused++;
        continue;
      }
      counts.restored++;
      if (isByTime(dump, manner)) counts.byTime++;
      if (result.killed) counts.killed++;
      if (result.resumed) counts.resumed++;
      await result.place.drop();
    }
  };
  await Promise.all(Array.from({ length: where.engine.atOnce }, next));
  return counts;
}

/** Before its first transaction an archive has no times: of such a dump only the position can be asked for. */
async function sinceTimesBegin(
  dump: SourceDump,
  { archive }: Installation,
): Promise<SourceDump> {
  const { stood, ...atPosition } = dump;
  const first = (await readArchive(archive))?.segments[0]?.first.committedAt;
  return stood !== undefined &&
    first !== undefined &&
    parseInstant(first) <= stood.from
    ? dump
    : atPosition;
}

async function restoreOne(
  where: {
    readonly installation: Installation;
    readonly engine: OracleEngine;
    readonly gathered: Gathered;
  },
  dump: SourceDump,
  manner: RestoreManner,
): Promise<RestoreResult> {
  const state = await readArchive(where.installation.archive);
  if (state === undefined) throw new Error("the archive is gone");
  const expected = expectPoint(dump.position, state, where.gathered.ddl);
  const result = await restoreDump(where, dump, manner);
  const how = JSON.stringify(manner);
  if (result.kind === "unreachable") {
    if (expected !== "restored") return result;
    throw new OracleDifference(dump, [`refused ${how}: ${result.message}`]);
  }
  // What ends the history of some tables leaves that of others.
  if (expected === "refused" && manner.tablesFrom === undefined) {
    throw new OracleDifference(dump, [
      `restored ${how} into ${result.place.name}, and its definitions are those of another moment`,
    ]);
  }
  if (result.differences.length === 0) return result;
  throw new OracleDifference(dump, [
    `restored ${how} into ${result.place.name}`,
    ...result.differences,
  ]);
}
