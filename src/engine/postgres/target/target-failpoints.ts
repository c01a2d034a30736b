import { failpoint } from "../../../platform/failpoints.ts";

/** Behind each thing that a restore makes durable in its target, for the crash matrix. */
export const TARGET_FAILPOINTS = [
  "target.database-created",
  "target.object-made",
  "target.table-loaded",
  "target.sequence-set",
] as const;

export function targetFailpoint(
  name: (typeof TARGET_FAILPOINTS)[number],
): void {
  failpoint(name);
}
