import type { SourceName } from "../../../core/source-name.ts";
import type { PreparePlan } from "../../source-admin.ts";
import { sourceObjects } from "../names.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import { KEYLESS_TABLES, type SourceFacts } from "./source-facts.ts";
import * as ddl from "./ddl-trigger.ts";
import { CREATE_NAMING, UNFILL_NAMING, FILL_NAMING } from "./read-otherwise.ts";
import * as schema from "./tidemark-schema.ts";

type Step = PreparePlan["steps"][number];

/** Longer than a transaction of a service takes, shorter than somebody waits without a word. */
const PATIENCE_SECONDS = 60;

/**
 * Until every transaction of now has ended, on the whole server, as making a slot does; a source that is mended has one already. Each
 * look is a new snapshot, so it holds back no VACUUM. Fails with those that are still open.
 */
export function waitForOthers(seconds: number): string {
  return `DO $tidemark$ DECLARE
  newest CONSTANT xid8 := pg_snapshot_xmax(pg_current_snapshot());
  until CONSTANT timestamptz := clock_timestamp() + interval '${seconds} s';
BEGIN
  WHILE pg_snapshot_xmin(pg_current_snapshot()) < newest LOOP
    IF clock_timestamp() > until THEN
      RAISE EXCEPTION 'transactions are open that began before the DDL trigger was made: %; end them, or prepare again once they have ended', (
        SELECT string_agg(one, ', ') FROM (
          SELECT format('pid %s (%s in %s, since %s)', pid, usename, datname, xact_start::timestamptz(0)) AS one
            FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
           UNION ALL SELECT format('prepared transaction %L', gid) FROM pg_prepared_xacts) open);
    END IF;
    PERFORM pg_sleep(0.05);
  END LOOP;
END $tidemark$`;
}

const SCHEMA_STEPS: readonly Step[] = [
  {
    why: "what Tidemark writes into the source's own history",
    sql: schema.CREATE_SCHEMA,
  },
  {
    why: "markers, heartbeats, sequence readings and DDL as rows",
    sql: schema.CREATE_LOG,
  },
  { why: "nobody else writes there", sql: schema.REVOKE_LOG },
  { why: "where the slot's log began", sql: schema.CREATE_SLOTS },
  { why: "nobody else writes there", sql: schema.GRANT_SLOTS },
  {
    why: "which tables a command may concern that it does not name",
    sql: CREATE_NAMING,
  },
  { why: "the only way to write there", sql: schema.CREATE_RECORD },
  { why: "old rows of the log go", sql: schema.CREATE_TIDY },
  { why: "nobody else calls these", sql: schema.REVOKE_FUNCTIONS },
];

/**
 * The order matters: the DDL trigger first, so that no table is made unseen; keyless tables get their identity before the
 * publication exists, because from then on their updates would fail; the slot last, because it decodes with the publication.
 * Every step may be run again. What transactions make that began before the trigger and end after it, no trigger sees: what is
 * read of the catalogs once they have ended is whole.
 */
export function planPrepare(
  source: SourceName,
  facts: SourceFacts,
): PreparePlan {
  const { slot, publication } = sourceObjects(source);
  const trigger = planTrigger(facts);
  const steps = [...(facts.schemaStands ? [] : SCHEMA_STEPS), ...trigger];
  // A prepare that was given up while it waited has left the trigger, and nothing in tidemark.naming.
  const sawAll = trigger.length === 0 && facts.namingFull !== false;
  if (!sawAll) {
    steps.push({
      why: "transactions of before make what the DDL trigger does not see",
      sql: waitForOthers(PATIENCE_SECONDS),
    });
    steps.push({
      why: "columns that name objects, whose rows read otherwise after a rename, and tables whose rows an index finds",
      sql: FILL_NAMING,
    });
  }
  for (const table of facts.keylessTables) {
    steps.push({
      why: "nothing says which row is meant: without this its UPDATEs and DELETEs would fail once it is published",
      sql: `SET lock_timeout = '${ddl.LOCK_TIMEOUT}'; ALTER TABLE ${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)} REPLICA IDENTITY ${table.identity}; RESET lock_timeout`,
    });
  }
  if (!sawAll) {
    steps.push({
      why: "the same for tables that such a transaction has made",
      sql: `DO $tidemark$ DECLARE one record; BEGIN
  PERFORM set_config('lock_timeout', '${ddl.LOCK_TIMEOUT}', true);
  FOR one IN ${KEYLESS_TABLES} LOOP
    EXECUTE format('ALTER TABLE %I.%I REPLICA IDENTITY %s', one.namespace, one.name, one.identity);
  END LOOP;
END $tidemark$`,
    });
  }
  const settings = publicationSettings(facts);
  if (facts.publication?.allTables && facts.publication.altered.length > 0) {
    steps.push({
      why: "somebody changed which changes the slot sends",
      sql: `ALTER PUBLICATION ${quoteIdentifier(publication)} SET (${settings})`,
    });
  }
  if (facts.publication === undefined) {
    steps.push({
      why: "which changes the slot sends: those of every table, also of tables to come",
      sql: `CREATE PUBLICATION ${quoteIdentifier(publication)} FOR ALL TABLES WITH (${settings})`,
    });
  }
  if (facts.slot === undefined) {
    steps.push({
      why: "the source keeps its log from here on until Tidemark has archived it",
      sql: recordSlot(
        `SELECT slot_name, lsn FROM pg_create_logical_replication_slot(${quoteLiteral(slot)}, 'pgoutput')`,
      ),
    });
  } else if (facts.slotRecorded === false) {
    steps.push({
      why: "an earlier prepare did not come to its end",
      sql: recordSlot(
        `SELECT slot_name, confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ${quoteLiteral(slot)}`,
      ),
    });
  }
  return { steps };
}

/** None where it is as it should be: made anew it would be another one, which is a gap, because what it missed before cannot be known. */
function planTrigger(facts: SourceFacts): Step[] {
  const steps: Step[] = [];
  if (!facts.recordsDdl) {
    steps.push({
      why: "records every DDL command; traps its own errors",
      sql: ddl.CREATE_ON_DDL,
    });
  }
  for (const trigger of ddl.EVENT_TRIGGERS) {
    if (facts.eventTriggers.get(trigger.name) === "A") continue;
    if (facts.eventTriggers.has(trigger.name)) {
      steps.push({
        why: "somebody changed when the DDL trigger fires",
        sql: `ALTER EVENT TRIGGER ${trigger.name} ENABLE ALWAYS`,
      });
      continue;
    }
    for (const sql of ddl.createEventTrigger(trigger)) {
      steps.push({ why: `no DDL is missed (${trigger.event})`, sql });
    }
  }
  if (steps.length === 0) return [];
  const why = "what was known of tables may lack what it missed";
  return [{ why, sql: UNFILL_NAMING }, ...steps];
}

/**
 * One statement with the making of the slot, which writes nothing itself and may not come after a write. A crash between the two leaves a
 * slot without a record: no history begins with it until `prepare` is run again.
 */
function recordSlot(select: string): string {
  return `INSERT INTO tidemark.slots (name, begins_at) ${select} ON CONFLICT (name) DO UPDATE SET begins_at = excluded.begins_at`;
}

/** From 18 on a row by which another is found must be sent whole, with its stored generated columns. */
function publicationSettings({ versionNumber }: SourceFacts): string {
  const settings = [
    "publish = 'insert, update, delete, truncate'",
    "publish_via_partition_root = false",
  ];
  if (versionNumber >= 180_000)
    settings.push("publish_generated_columns = stored");
  return settings.join(", ");
}

/**
 * Everything that `prepare` made; a keyless table keeps its REPLICA IDENTITY FULL, which harms nobody. All or nothing, as far as
 * a server lets it be: the slot cannot be dropped in the transaction of the rest, so it goes last. Whoever may not do the rest has
 * done nothing, and a slot that is left is dropped by the next `forget`.
 */
export function planForget(
  source: SourceName,
  facts: SourceFacts,
): PreparePlan {
  const { slot, publication } = sourceObjects(source);
  const drops: string[] = [];
  if (facts.publication !== undefined)
    drops.push(`DROP PUBLICATION ${quoteIdentifier(publication)}`);
  if (facts.otherTidemarkSlots.length === 0) {
    for (const { name } of ddl.EVENT_TRIGGERS) {
      if (facts.eventTriggers.has(name))
        drops.push(`DROP EVENT TRIGGER ${name}`);
    }
    // Without CASCADE: what somebody else has put there, or built upon it, is not ours to drop.
    if (facts.hasSchema) drops.push(...schema.DROP_SCHEMA);
  }
  const steps: Step[] = [];
  if (drops.length > 0) {
    steps.push({ why: "all of this, or nothing", sql: "BEGIN" });
    steps.push({
      why: "whoever waits for these locks keeps every DDL command waiting",
      sql: `SET LOCAL lock_timeout = '${ddl.LOCK_TIMEOUT}'`,
    });
    for (const sql of drops) steps.push({ why: "", sql });
    steps.push({ why: "", sql: "COMMIT" });
  }
  if (facts.slot?.isOurs) {
    steps.push({
      why: "the source may discard its log: history ends here",
      sql: `SELECT pg_drop_replication_slot(${quoteLiteral(slot)})`,
    });
  }
  return { steps };
}
