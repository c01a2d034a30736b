import type { Engine } from "../../core/database-identity.ts";
import type { Definitions } from "../definitions.ts";
import type { Mapping } from "../mapping.ts";
import { planToMysql } from "./to-mysql/plan-to-mysql.ts";
import { planToPostgres } from "./to-postgres/plan-to-postgres.ts";

/** Pure. What a source's definitions become in an engine of the other kind: docs/mapping.md. MySQL and MariaDB are of one kind. */
export function planMapping(definitions: Definitions, to: Engine): Mapping {
  if (definitions.engine === "postgres") {
    if (to !== "postgres") return planToMysql(definitions, to);
  } else if (to === "postgres") {
    return planToPostgres(definitions);
  }
  throw new TypeError(`no mapping from ${definitions.engine} to ${to}`);
}
