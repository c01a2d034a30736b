import { TARGET_FAILPOINTS } from "../../src/engine/postgres/target/target-failpoints.ts";
import {
  BASE_PLACES,
  RESTORE_PLACES,
  RUN_PLACES,
} from "../oracle/crash-places.ts";
import { startPostgresEngine } from "../oracle/postgres/postgres-engine.ts";
import { testCrashes } from "../oracle/test-crashes.ts";
import { describePostgres } from "../support/describe-postgres.ts";

describePostgres(
  [18],
  ({ major }) => {
    testCrashes(() => startPostgresEngine(major), {
      runPlaces: RUN_PLACES,
      basePlaces: BASE_PLACES,
      // Of what there are many: the first, and one behind several.
      restorePlaces: [
        ...RESTORE_PLACES,
        ...TARGET_FAILPOINTS.map((name) => `${name}:1`),
        ...["target.object-made:9", "target.table-loaded:3"],
      ],
    });
  },
  { own: true },
);
