import type { SourceName } from "../../../core/source-name.ts";
import type { PreparePlan } from "../../source-admin.ts";
import { sourceObjects } from "../names.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import type { SourceFacts } from "./source-facts.ts";
import * as schema from "./tidemark-schema.ts";

type Step = PreparePlan["steps"][number];

/**
 * The order matters: the DDL trigger first, so that no table is made unseen; keyless tables get their identity before the
 * publication exists, because from then on their updates would fail; the slot last, because it decodes with the publication.
 * Every step may be run again.
 */
export function planPrepare(
  source: SourceName,
  facts: SourceFacts,
): PreparePlan {
  const { slot, publication } = sourceObjects(source);
  const steps: Step[] = [
    {
      why: "what Tidemark writes into the source's own history",
      sql: schema.CREATE_SCHEMA,
    },
    {
      why: "markers, heartbeats, sequence readings and DDL as rows",
      sql: schema.CREATE_LOG,
    },
    { why: "nobody else writes there", sql: schema.REVOKE_LOG },
    { why: "the only way to write there", sql: schema.CREATE_RECORD },
    { why: "old rows of the log go", sql: schema.CREATE_TIDY },
    { why: "nobody else calls these", sql: schema.REVOKE_FUNCTIONS },
  ];
  // Made anew it would be another one, which is a gap: what it missed before cannot be known.
  if (!facts.recordsDdl) {
    steps.push({
      why: "records every DDL command; traps its own errors",
      sql: schema.CREATE_ON_DDL,
    });
  }
  for (const trigger of schema.EVENT_TRIGGERS) {
    if (facts.eventTriggers.get(trigger.name) === "A") continue;
    if (facts.eventTriggers.has(trigger.name)) {
      steps.push({
        why: "somebody changed when the DDL trigger fires",
        sql: `ALTER EVENT TRIGGER ${trigger.name} ENABLE ALWAYS`,
      });
      continue;
    }
    for (const sql of schema.createEventTrigger(trigger)) {
      steps.push({ why: `no DDL is missed (${trigger.event})`, sql });
    }
  }
  for (const table of facts.keylessTables) {
    steps.push({
      why: "nothing says which row is meant: without this its UPDATEs and DELETEs would fail once it is published",
      sql: `SET lock_timeout = '${schema.LOCK_TIMEOUT}'; ALTER TABLE ${quoteIdentifier(table.namespace)}.${quoteIdentifier(table.name)} REPLICA IDENTITY ${table.identity}; RESET lock_timeout`,
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
      sql: `SELECT pg_create_logical_replication_slot(${quoteLiteral(slot)}, 'pgoutput')`,
    });
  }
  return { steps };
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

/** Everything that `prepare` made; a keyless table keeps its REPLICA IDENTITY FULL, which harms nobody. */
export function planForget(
  source: SourceName,
  facts: SourceFacts,
): PreparePlan {
  const { slot, publication } = sourceObjects(source);
  const steps: Step[] = [];
  if (facts.slot?.isOurs) {
    steps.push({
      why: "the source may discard its log: history ends here",
      sql: `SELECT pg_drop_replication_slot(${quoteLiteral(slot)})`,
    });
  }
  if (facts.publication !== undefined) {
    steps.push({
      why: "",
      sql: `DROP PUBLICATION ${quoteIdentifier(publication)}`,
    });
  }
  if (facts.otherTidemarkSlots.length > 0) return { steps };
  for (const { name } of schema.EVENT_TRIGGERS) {
    if (facts.eventTriggers.has(name)) {
      steps.push({ why: "", sql: `DROP EVENT TRIGGER ${name}` });
    }
  }
  if (facts.hasSchema) {
    // Without CASCADE: what somebody else has put there, or built upon it, is not ours to drop.
    for (const sql of [
      "DROP FUNCTION IF EXISTS tidemark.on_ddl(), tidemark.record(text, text, text), tidemark.tidy()",
      "DROP TABLE IF EXISTS tidemark.log",
      "DROP SCHEMA tidemark",
    ])
      steps.push({ why: "", sql });
  }
  return { steps };
}
