import type { Problem } from "../../source-admin.ts";
import { quoteQualified, quoteIdentifier } from "../quote.ts";
import { error, warning } from "./problem.ts";
import type { SourceFacts } from "./source-facts.ts";

const LOG_RIGHTS = ["SELECT", "INSERT", "DELETE"];

/** What capture, bases and definitions need of the user that is logged in. */
export function* diagnoseRights(facts: SourceFacts): Generator<Problem> {
  const { grants, account, flavour } = facts;
  const grant = (rights: string, on: string) =>
    `GRANT ${rights} ON ${on} TO ${account};`;
  if (!grants.hasGlobal("REPLICATION SLAVE")) {
    yield error(
      "replication-right",
      "this user may not read the log",
      grant("REPLICATION SLAVE", "*.*"),
    );
  }
  if (!facts.maySeeBinlog && facts.variables.get("log_bin") === "ON") {
    yield error(
      "replication-client-right",
      "this user may not see where the log ends",
      grant(
        flavour === "mysql" ? "REPLICATION CLIENT" : "BINLOG MONITOR",
        "*.*",
      ),
    );
  }
  if (facts.logEngine !== undefined) {
    const missing = LOG_RIGHTS.filter(
      (right) => !grants.hasOnSchema("tidemark", right),
    );
    if (missing.length > 0) {
      yield error(
        "log-right",
        "this user may not write markers, heartbeats and sequence readings into tidemark.log",
        grant(LOG_RIGHTS.join(", "), "`tidemark`.*"),
      );
    }
  }
  yield* diagnoseTables(facts, grant);
  yield* diagnoseDefinitions(facts, grant);
}

function* diagnoseTables(
  facts: SourceFacts,
  grant: (rights: string, on: string) => string,
): Generator<Problem> {
  const { grants, tables, flavour } = facts;
  for (const { schema, name } of tables) {
    if (grants.hasOnTable(schema, name, "SELECT")) continue;
    const table = quoteQualified(schema, name);
    yield error(
      "select-right",
      `${table} cannot be read`,
      grant("SELECT", table),
    );
  }
  if (flavour === "mariadb") return;
  const schemas = new Set(tables.map(({ schema }) => schema));
  for (const schema of schemas) {
    if (grants.hasOnSchema(schema, "LOCK TABLES")) continue;
    yield error(
      "hold-right",
      `nothing can hold up writers of ${schema} for the instant in which a base begins`,
      grant("LOCK TABLES", `${quoteIdentifier(schema)}.*`),
    );
  }
}

/** Objects that this user does not see are in no base: it is told which rights show them all. */
function* diagnoseDefinitions(
  facts: SourceFacts,
  grant: (rights: string, on: string) => string,
): Generator<Problem> {
  const { grants, tables, flavour } = facts;
  for (const schema of new Set(tables.map((table) => table.schema))) {
    const missing = ["SHOW VIEW", "TRIGGER", "EVENT"].filter(
      (right) => !grants.hasOnSchema(schema, right),
    );
    if (missing.length === 0) continue;
    yield warning(
      "definition-right",
      `views, triggers or events of ${schema} cannot be read: they are in no base, and not restored`,
      grant(missing.join(", "), `${quoteIdentifier(schema)}.*`),
    );
  }
  const seesRoutines =
    grants.hasGlobal("SELECT", "SHOW_ROUTINE", "SHOW CREATE ROUTINE") ||
    grants.hasOnTable("mysql", "proc", "SELECT");
  if (seesRoutines) return;
  yield warning(
    "definition-right",
    "procedures and functions of other users cannot be read: they are in no base, and not restored",
    flavour === "mysql"
      ? grant("SHOW_ROUTINE", "*.*")
      : grant("SELECT", "`mysql`.`proc`"),
  );
}
