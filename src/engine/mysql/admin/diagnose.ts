import type { SourceName } from "../../../core/source-name.ts";
import type { Problem } from "../../source-admin.ts";
import { quoteQualified, quoteIdentifier } from "../quote.ts";
import { diagnoseFilters, diagnoseServer } from "./diagnose-server.ts";
import { diagnoseRights } from "./diagnose-rights.ts";
import { error, warning } from "./problem.ts";
import { SETTINGS, type PreparationFacts } from "./read-preparation.ts";
import type { SourceFacts } from "./source-facts.ts";

/** What no setting of the server says differently for a whole run of it, as a filter does. */
const IN_SERVER = ["log_bin", "binlog_do_db", "binlog_ignore_db"];

/** Every misconfiguration at once, the worst first. Pure. */
export function diagnoseSource(
  source: SourceName,
  facts: SourceFacts,
): Problem[] {
  return [
    ...diagnoseServer(facts),
    ...diagnoseFilters(facts.settings),
    ...diagnoseRights(facts),
    ...diagnosePrepared(source, facts),
    ...diagnoseCascades(facts),
    ...diagnoseContents(facts),
  ].sort(
    (a, b) =>
      Number(a.severity === "warning") - Number(b.severity === "warning"),
  );
}

/** Whether every change and every DDL statement reaches the stream. */
export function* diagnosePreparation(
  source: SourceName,
  facts: PreparationFacts,
): Generator<Problem> {
  yield* diagnosePrepared(source, facts);
  yield* diagnoseFilters(facts.settings);
  for (const [name, wanted] of SETTINGS) {
    const found = facts.settings.get(name);
    if (found === undefined || found === wanted) continue;
    if (name !== "log_bin" && IN_SERVER.includes(name)) continue;
    yield error(
      name.replaceAll("_", "-"),
      `${name} is ${found === "" ? "empty" : found}, not ${wanted === "" ? "empty" : wanted}`,
      `tidemark check ${source}`,
    );
  }
  yield* diagnoseCascades(facts);
}

function* diagnosePrepared(
  source: SourceName,
  facts: PreparationFacts,
): Generator<Problem> {
  const prepare = `tidemark prepare ${source}`;
  if (facts.logEngine === undefined) {
    yield error("log-missing", "there is no table tidemark.log", prepare);
  } else if (facts.logEngine !== "InnoDB") {
    yield error(
      "log-changed",
      `tidemark.log is a table of ${facts.logEngine}: its rows come and go without their transactions`,
      "ALTER TABLE tidemark.log ENGINE = InnoDB;",
    );
  }
  if (facts.logTriggers > 0) {
    yield error(
      "log-changed",
      "tables of the schema tidemark have triggers: not every row of tidemark.log is written as it is",
      "DROP TRIGGER …;",
    );
  }
  if (facts.prepared === undefined) {
    yield error(
      "source-missing",
      "tidemark.sources has no row of this source, or may not be read",
      prepare,
    );
  }
}

function* diagnoseCascades(facts: PreparationFacts): Generator<Problem> {
  for (const { schema, name, cascades } of facts.unloggedCascades) {
    const table = quoteQualified(schema, name);
    for (const key of cascades) {
      yield error(
        "foreign-key-cascade",
        `foreign key ${key} of ${table} changes rows with their parents, and this server does not write that into its log`,
        `ALTER TABLE ${table} DROP FOREIGN KEY ${quoteIdentifier(key)}, ADD FOREIGN KEY … ON DELETE RESTRICT ON UPDATE RESTRICT; -- or leave the table out (tables:), or use MySQL 9.6 and later`,
      );
    }
  }
}

function* diagnoseContents(facts: SourceFacts): Generator<Problem> {
  for (const { schema, name, engine, isTransactional } of facts.tables) {
    if (isTransactional) continue;
    const table = quoteQualified(schema, name);
    yield error(
      "not-transactional",
      `${table} is a table of ${engine}: its changes belong to no transaction, and no copy of it is of one instant`,
      `ALTER TABLE ${table} ENGINE = InnoDB; -- or leave it out (tables:)`,
    );
  }
  const keyless = facts.tables.filter(({ hasPrimaryKey }) => !hasPrimaryKey);
  for (const { schema, name } of keyless) {
    const table = quoteQualified(schema, name);
    yield warning(
      "no-primary-key",
      `${table} has no primary key: every change of it has to find its row by all of its columns`,
      `ALTER TABLE ${table} ADD PRIMARY KEY (…);`,
    );
  }
  if ((facts.preparedXa ?? 0) > 0) {
    const report = facts.prepared === undefined ? error : warning;
    yield report(
      "xa-prepared",
      `${facts.preparedXa} XA transactions are prepared and neither committed nor rolled back: history cannot begin between their rows and their ends`,
      "XA RECOVER CONVERT XID; then XA COMMIT … or XA ROLLBACK … for each",
    );
  }
}
