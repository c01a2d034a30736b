import { failpoint } from "../../../platform/failpoints.ts";

/** Behind each thing that a restore makes durable in its target, for the crash matrix. */
export const MYSQL_TARGET_FAILPOINTS = [
  "mysql-target.ledger-made",
  "mysql-target.object-made",
  "mysql-target.object-recorded",
  "mysql-target.table-loaded",
  "mysql-target.sequence-set",
] as const;

export function targetFailpoint(
  name: (typeof MYSQL_TARGET_FAILPOINTS)[number],
): void {
  failpoint(name);
}
