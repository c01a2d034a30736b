import { MYSQL_TARGET_FAILPOINTS } from "../../src/engine/mysql/target/target-failpoints.ts";
import {
  BASE_PLACES,
  type CrashPlaces,
  RESTORE_PLACES,
  RUN_PLACES,
} from "../oracle/crash-places.ts";
import { startMysqlEngine } from "../oracle/mysql/mysql-engine.ts";
import { testCrashes } from "../oracle/test-crashes.ts";
import { describeMysql } from "../support/describe-mysql.ts";
import type { MysqlVersion } from "../support/mysql-binaries.ts";

const TARGET_PLACES = [
  ...MYSQL_TARGET_FAILPOINTS.map((name) => `${name}:1`),
  ...["mysql-target.object-made:9", "mysql-target.table-loaded:3"],
];

const WHOLE: CrashPlaces = {
  runPlaces: RUN_PLACES,
  basePlaces: BASE_PLACES,
  restorePlaces: [...RESTORE_PLACES, ...TARGET_PLACES],
};

/** What this engine has a part in; what all engines share dies in Postgres' matrix. */
const COVERING: CrashPlaces = {
  runPlaces: ["capture.before-append:4", "capture.after-append:4"],
  basePlaces: ["base.part-written:9", "base.tables-copied:1"],
  restorePlaces: TARGET_PLACES,
};

/** The other one has the same target. */
const PLACES: Readonly<Partial<Record<MysqlVersion, CrashPlaces>>> = {
  "mysql-9": COVERING,
  "mariadb-11.8": {
    ...COVERING,
    restorePlaces: ["mysql-target.sequence-set:1"],
  },
};

describeMysql(
  ["mysql-9", "mariadb-11.8"],
  ({ version }) => {
    const whole = process.env["TIDEMARK_TEST_CRASHES"] === "all";
    testCrashes(
      () => startMysqlEngine(version),
      whole ? WHOLE : (PLACES[version] ?? COVERING),
    );
  },
  { own: true },
);
