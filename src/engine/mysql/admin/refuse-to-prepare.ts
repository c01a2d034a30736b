import { TidemarkError } from "../../../core/errors.ts";
import { diagnoseFilters, diagnoseServer } from "./diagnose-server.ts";
import type { SourceFacts } from "./source-facts.ts";

/** Wrong, and not for what is in the log: mended later it is as good. */
const MENDED_LATER = [
  "sync-binlog",
  "innodb-flush-log-at-trx-commit",
  "binlog-retention",
];

/** What a history that begins now could never make good. Throws PREFLIGHT. */
export function refuseToPrepare(where: string, facts: SourceFacts): void {
  const wrong = [
    ...diagnoseServer(facts),
    ...diagnoseFilters(facts.settings),
  ].filter(
    ({ severity, code }) =>
      severity === "error" && !MENDED_LATER.includes(code),
  );
  if (wrong.length > 0) {
    throw new TidemarkError(
      "PREFLIGHT",
      `${where}: ${wrong.map(({ message }) => message).join("; ")}`,
      { hint: wrong.map(({ mend }) => mend).join(" ") },
    );
  }
  if (facts.prepared === undefined && (facts.preparedXa ?? 0) > 0) {
    throw new TidemarkError(
      "PREFLIGHT",
      `${where}: ${facts.preparedXa} XA transactions are prepared: their rows would lie before the beginning, their ends behind it`,
      { hint: "XA RECOVER names them: XA COMMIT or XA ROLLBACK each" },
    );
  }
}
