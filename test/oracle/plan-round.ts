import { RESTORE_FAILPOINTS } from "../../src/restore/restore.ts";
import type { Disturbance } from "./operator.ts";
import { INTENSITIES, type IntensityName } from "./intensity.ts";
import type { Random } from "./random.ts";
import {
  type ServiceDisturbance,
  STORE_DISTURBANCES,
} from "./remote-service.ts";
import type { RestoreManner } from "./restore-dump.ts";

/** What a round does, as a function of its seed. When things happen beside each other is the machine's choice. */
export interface RoundPlan {
  readonly intensity: IntensityName;
  readonly writers: number;
  readonly dumps: number;
  /** At most so long before each dump. */
  readonly pauseMs: number;
  /** The chance that writers rest while a dump reads, so that it can be restored by time. */
  readonly standing: number;
  /** One after the other, while writers write. */
  readonly disturbances: readonly Disturbance[];
  /** Without it, no DDL. */
  readonly ddlEveryMs: number | undefined;
  /** Restores go on while capture does. */
  readonly restoreWhileRunning: boolean;
  /** One after the other, while restores read. */
  readonly whileRestoring?: readonly ServiceDisturbance[];
}

const DISTURBANCES: readonly Disturbance[] = [
  ...(["kill", "kill", "die", "die", "stop"] as const),
  ...(["kill server", "kill server", "kill both"] as const),
  ...(["lose journal", "roll journal back"] as const),
  ...(["base", "base", "killed base", "rival"] as const),
];

/** `own`: the disturbances of the engine, and of the services that the round has. */
export function planRound(
  random: Random,
  fixed: IntensityName | undefined,
  own: readonly Disturbance[],
): RoundPlan {
  const disturbances = [...DISTURBANCES, ...own];
  const names = Object.keys(INTENSITIES) as IntensityName[];
  return {
    intensity: fixed ?? random.pick(names),
    writers: random.integer(1, 4),
    dumps: random.integer(4, 9),
    pauseMs: random.pick([500, 1_500, 3_000]),
    standing: random.pick([0, 0.5]),
    disturbances: Array.from({ length: random.integer(0, 8) }, () =>
      random.pick(disturbances),
    ),
    ddlEveryMs: random.chance(0.4)
      ? random.pick([300, 1_000, 3_000])
      : undefined,
    restoreWhileRunning: random.chance(0.4),
    whileRestoring: own.includes("kill store")
      ? Array.from({ length: random.integer(0, 3) }, () =>
          random.pick(STORE_DISTURBANCES),
        )
      : [],
  };
}

/** `failpoints`: of the target's adapter. */
export function planManner(
  random: Random,
  failpoints: readonly string[],
): RestoreManner {
  const memory = random.pick([undefined, undefined, "32MiB", "2MiB"]);
  return {
    ...(random.chance(0.7) ? { atTime: random.fraction() } : {}),
    ...(random.chance(0.2) ? { tablesFrom: random.fraction() } : {}),
    bare: random.chance(0.4),
    ...(memory === undefined ? {} : { memory }),
    ...planDeath(random, failpoints),
  };
}

function planDeath(
  random: Random,
  failpoints: readonly string[],
): RestoreManner {
  const draw = random.fraction();
  if (draw < 0.2) return { killAfterMs: random.integer(50, 2_000) };
  if (draw < 0.3) return { failpoint: random.pick(RESTORE_FAILPOINTS) };
  if (draw >= 0.45) return {};
  return { failpoint: `${random.pick(failpoints)}:${random.integer(1, 5)}` };
}
