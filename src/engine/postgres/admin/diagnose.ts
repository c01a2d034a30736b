import type { SourceName } from "../../../core/source-name.ts";
import type { Problem } from "../../source-admin.ts";
import { LEDGER_SCHEMA, sourceObjects } from "../names.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import type { LogAlteration, PreparationFacts } from "./read-preparation.ts";
import type { SlotFacts, SourceFacts } from "./source-facts.ts";
import { EVENT_TRIGGERS } from "./ddl-trigger.ts";

const OLDEST = 140_000;
const NEWEST = 189_999;

const LOG_MENDS: Readonly<Record<LogAlteration, string>> = {
  unlogged: "ALTER TABLE tidemark.log SET LOGGED;",
  rules: "DROP RULE … ON tidemark.log;",
  triggers: "DROP TRIGGER … ON tidemark.log;",
  policies: "ALTER TABLE tidemark.log NO FORCE ROW LEVEL SECURITY;",
};

/** Every misconfiguration at once, the worst first. Pure. */
export function diagnoseSource(
  source: SourceName,
  facts: SourceFacts,
): Problem[] {
  return [
    ...diagnoseServer(facts),
    ...diagnoseRights(facts),
    ...diagnosePrepared(source, facts),
    ...diagnoseContents(facts),
  ].sort(
    (a, b) =>
      Number(a.severity === "warning") - Number(b.severity === "warning"),
  );
}

function* diagnoseServer(facts: SourceFacts): Generator<Problem> {
  const version = Math.floor(facts.versionNumber / 10_000);
  if (facts.versionNumber < OLDEST || facts.versionNumber > NEWEST) {
    yield error(
      "version",
      `this server is Postgres ${version}`,
      "use Postgres 14 to 18",
    );
  }
  if (facts.inRecovery) {
    yield error(
      "standby",
      "this server is a standby",
      "capture from its primary",
    );
  }
  if (facts.walLevel !== "logical") {
    yield {
      ...error(
        "wal-level",
        `wal_level is ${facts.walLevel}: the log does not say what changed`,
        "ALTER SYSTEM SET wal_level = 'logical'; -- then restart the server",
      ),
      needsRestart: true,
    };
  }
  if (
    facts.slot === undefined &&
    facts.usedReplicationSlots >= facts.maxReplicationSlots
  ) {
    yield {
      ...error(
        "slots",
        `all ${facts.maxReplicationSlots} replication slots are taken`,
        `ALTER SYSTEM SET max_replication_slots = ${facts.maxReplicationSlots + 4}; -- then restart the server`,
      ),
      needsRestart: true,
    };
  }
  if (facts.maxWalSenders < 2) {
    yield {
      ...error(
        "wal-senders",
        `max_wal_senders is ${facts.maxWalSenders}: capture and a base need two`,
        "ALTER SYSTEM SET max_wal_senders = 10; -- then restart the server",
      ),
      needsRestart: true,
    };
  }
  if (facts.encoding === "SQL_ASCII") {
    yield error(
      "encoding",
      "the database's encoding is SQL_ASCII: its text cannot be converted to UTF8",
      "dump it and load it into a database with an encoding",
    );
  }
}

function* diagnoseRights(facts: SourceFacts): Generator<Problem> {
  const role = quoteIdentifier(facts.role);
  if (!facts.mayReplicate) {
    yield error(
      "replication-right",
      "this role may not replicate",
      `ALTER ROLE ${role} REPLICATION;`,
    );
  }
  const prepared =
    facts.publication !== undefined &&
    facts.eventTriggers.size === EVENT_TRIGGERS.length;
  if (!facts.isSuperuser && !prepared) {
    yield error(
      "superuser",
      "only a superuser may create an event trigger and a publication FOR ALL TABLES",
      "run `tidemark prepare` once with a superuser's URL; capture needs less",
    );
  }
  if (!facts.mayRecord) {
    yield error(
      "log-right",
      "this role may not write markers, heartbeats and sequence readings into tidemark.log",
      `GRANT USAGE ON SCHEMA tidemark TO ${role}; GRANT EXECUTE ON FUNCTION tidemark.record(text, text, text), tidemark.tidy() TO ${role};`,
    );
  }
  for (const { schema, name } of facts.unreadable) {
    yield error(
      "select-right",
      `${name} cannot be read`,
      `${schema === null ? "" : `GRANT USAGE ON SCHEMA ${schema} TO ${role}; `}GRANT SELECT ON ${name} TO ${role};`,
    );
  }
  if (facts.tablesWithPolicies.length > 0 && !facts.bypassesRls) {
    yield error(
      "row-security",
      `row-level policies would stop a base of ${facts.tablesWithPolicies.join(", ")}`,
      `ALTER ROLE ${role} BYPASSRLS;`,
    );
  }
}

/** Whether every change and every DDL command reaches the stream. */
export function* diagnosePreparation(
  source: SourceName,
  facts: PreparationFacts,
): Generator<Problem> {
  const { publication } = sourceObjects(source);
  const prepare = `tidemark prepare ${source}`;
  if (facts.publication === undefined) {
    yield error(
      "publication-missing",
      `there is no publication ${publication}`,
      prepare,
    );
  } else if (!facts.publication.allTables) {
    yield error(
      "publication-changed",
      `publication ${publication} is not one of all tables`,
      `DROP PUBLICATION ${quoteIdentifier(publication)}; -- then ${prepare}`,
    );
  } else if (facts.publication.altered.length > 0) {
    yield error(
      "publication-changed",
      `publication ${publication} was altered (${facts.publication.altered.join(", ")}): it does not send every change as it is`,
      prepare,
    );
  }
  if (!facts.hasLog)
    yield error("log-missing", "there is no table tidemark.log", prepare);
  for (const why of facts.logAltered) {
    yield error(
      "log-changed",
      `tidemark.log was altered (${why}): not every row of it is written and sent`,
      LOG_MENDS[why],
    );
  }
  for (const { name } of EVENT_TRIGGERS) {
    const enabled = facts.eventTriggers.get(name);
    if (enabled === undefined) {
      yield error(
        "ddl-trigger-missing",
        `there is no event trigger ${name}: DDL would be missed`,
        prepare,
      );
    } else if (enabled !== "A") {
      yield error(
        "ddl-trigger-off",
        `event trigger ${name} does not fire always: DDL may be missed`,
        prepare,
      );
    }
  }
  if (!facts.eventTriggersFire) {
    yield error(
      "event-triggers-off",
      "event_triggers is off: DDL is missed",
      "ALTER SYSTEM RESET event_triggers; SELECT pg_reload_conf(); -- or ALTER DATABASE … RESET event_triggers;",
    );
  }
  if (facts.eventTriggers.size > 0 && facts.hasLog && !facts.recordsDdl) {
    yield error(
      "ddl-trigger-changed",
      "tidemark.on_ddl is not this version's function, or its owner may not write tidemark.log: DDL may be missed",
      prepare,
    );
  }
}

function* diagnosePrepared(
  source: SourceName,
  facts: SourceFacts,
): Generator<Problem> {
  const { slot } = sourceObjects(source);
  const prepare = `tidemark prepare ${source}`;
  yield* diagnosePreparation(source, facts);
  if (facts.hasLog && facts.namingFull === false) {
    yield error(
      "prepare-unfinished",
      "what transactions did that were open when the DDL trigger was made is not known: prepare did not come to its end",
      prepare,
    );
  }
  for (const table of facts.keylessTables) {
    const label = `${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)}`;
    yield error(
      "keyless-table",
      `${label} has ${table.identity === "FULL" ? "no key" : "REPLICA IDENTITY NOTHING, or an index that is gone"}: its UPDATEs and DELETEs fail while it is published`,
      `ALTER TABLE ${label} REPLICA IDENTITY ${table.identity};`,
    );
  }
  if (facts.slot === undefined) {
    yield error(
      "slot-missing",
      `there is no replication slot ${slot}`,
      prepare,
    );
  } else if (!facts.slot.isOurs) {
    yield error("slot-foreign", foreignSlot(slot, facts.slot), OTHER_NAME);
  } else if (
    facts.slot.walStatus === "lost" ||
    facts.slot.confirmedLsn === undefined
  ) {
    yield error(
      "slot-lost",
      `slot ${slot} is invalid: the server has discarded log that the archive does not hold`,
      `SELECT pg_drop_replication_slot(${quoteLiteral(slot)}); -- then begin a new history: ${OTHER_NAME}`,
    );
  } else if (facts.slotRecorded === false) {
    yield error(
      "slot-unrecorded",
      `nobody wrote down where slot ${slot} began: prepare did not come to its end`,
      prepare,
    );
  } else if (facts.slot.plugin !== "pgoutput" || facts.slot.temporary) {
    yield error(
      "slot-foreign",
      `slot ${slot} is not one that Tidemark made (plugin ${facts.slot.plugin})`,
      `SELECT pg_drop_replication_slot(${quoteLiteral(slot)}); -- then ${prepare}`,
    );
  }
}

function* diagnoseContents(facts: SourceFacts): Generator<Problem> {
  if (facts.hasRestoreLedger) {
    yield error(
      "restore-unfinished",
      `a restore into this database is at work, or was killed: its schema ${LEDGER_SCHEMA} would be in every base, and in the way of every restore`,
      `run that restore again; or, if the database is whole, DROP SCHEMA ${LEDGER_SCHEMA} CASCADE;`,
    );
  }
  for (const { name, hasPrimaryKey } of facts.unpublishableTables) {
    yield error(
      "virtual-column",
      `${name} has a virtual generated column and no key as its identity: its UPDATEs and DELETEs fail while it is published`,
      hasPrimaryKey
        ? `ALTER TABLE ${name} REPLICA IDENTITY DEFAULT;`
        : `ALTER TABLE ${name} ADD PRIMARY KEY (…), REPLICA IDENTITY DEFAULT; -- or REPLICA IDENTITY USING INDEX, or make the column STORED`,
    );
  }
  for (const table of facts.generatedKeyTables) {
    yield error(
      "generated-key",
      `the key of ${table} has a generated column: the log does not say which row changed`,
      `ALTER TABLE ${table} REPLICA IDENTITY FULL;`,
    );
  }
  for (const table of facts.oidHashedTables) {
    yield error(
      "hash-partitions",
      `${table} is partitioned by hash of an enum or a regclass: in another database its rows belong into other partitions, and a restore of them fails`,
      "partition it by list, or by hash of another column; until then restore the other tables with --table",
    );
  }
  if (facts.slot !== undefined && facts.slot.safeBytes === undefined) {
    yield warning(
      "wal-unbounded",
      "max_slot_wal_keep_size is not set: log kept for a stopped capture can fill the server's disk",
      "ALTER SYSTEM SET max_slot_wal_keep_size = '64GB'; SELECT pg_reload_conf();",
    );
  }
  if (facts.largeObjects > 0) {
    yield warning(
      "large-objects",
      `${facts.largeObjects} large objects are not in the log: they are neither captured nor restored`,
      "keep such data in bytea columns",
    );
  }
  for (const table of facts.unloggedTables) {
    yield warning(
      "unlogged-table",
      `${table} is unlogged: its rows are not captured, it is restored empty`,
      `ALTER TABLE ${table} SET LOGGED;`,
    );
  }
}

/** A history goes by its name: one that cannot go on, or would take the slot from another database's, has to have another. */
export const OTHER_NAME =
  "give this database another name in tidemark.yaml, then `tidemark prepare`";

export function foreignSlot(name: string, { database }: SlotFacts): string {
  return `replication slot ${name} is ${database === null ? "a physical one" : `of database ${database}`}: names are one server's`;
}

function error(code: string, message: string, mend: string): Problem {
  return { severity: "error", code, message, mend, needsRestart: false };
}

function warning(code: string, message: string, mend: string): Problem {
  return { severity: "warning", code, message, mend, needsRestart: false };
}
