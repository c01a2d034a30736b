import type { SourceName } from "../../../core/source-name.ts";
import type { PreparePlan } from "../../source-admin.ts";
import { quoteLiteral } from "../quote.ts";
import type { PreparationFacts } from "./read-preparation.ts";
import * as schema from "./tidemark-schema.ts";

type Step = PreparePlan["steps"][number];

/** Set between the two last steps: where the file begins that the first of them made. */
export const POSITION_VARIABLE = "@tidemark_position";

export const NEW_FILE = "FLUSH BINARY LOGS";

/**
 * Every step may be run again. History begins with a file of the binlog: that says itself what was executed before it, and what the
 * server wrote under other settings lies in older ones. A crash before the last step leaves a source that is not prepared.
 */
export function planPrepare(
  source: SourceName,
  facts: PreparationFacts,
): PreparePlan {
  const steps: Step[] = [];
  if (facts.logEngine === undefined || facts.prepared === undefined) {
    steps.push(
      {
        why: "what Tidemark writes into the source's own history",
        sql: schema.CREATE_SCHEMA,
      },
      {
        why: "markers, heartbeats and sequence readings as rows",
        sql: schema.CREATE_LOG,
      },
      {
        why: "what was prepared, and where its history begins",
        sql: schema.CREATE_SOURCES,
      },
    );
  }
  if (facts.prepared === undefined) {
    steps.push(
      { why: "history begins with a file of the log", sql: NEW_FILE },
      {
        why: `where it begins; ${POSITION_VARIABLE} is the beginning of the file that is the last of SHOW BINARY LOGS, which \`tidemark prepare\` reads now`,
        sql: `INSERT INTO tidemark.sources (name, server, mark, position)
SELECT ${quoteLiteral(source)}, COALESCE(known.server, UUID()), UUID(), ${POSITION_VARIABLE}
  FROM (SELECT MIN(server) AS server FROM tidemark.sources) known`,
      },
    );
  }
  return { steps };
}

/** Everything that `prepare` made, the schema with the last of its sources. */
export function planForget(
  source: SourceName,
  made: { readonly sources: readonly string[]; readonly others: number },
): PreparePlan {
  const steps: Step[] = [];
  if (made.sources.includes(source)) {
    steps.push({
      why: "history ends here",
      sql: `DELETE FROM tidemark.sources WHERE name = ${quoteLiteral(source)}`,
    });
  }
  if (made.sources.some((name) => name !== source)) return { steps };
  steps.push({ why: "no other source needs them", sql: schema.DROP_TABLES });
  // With what somebody else has put there it is not ours to drop.
  if (made.others === 0) steps.push({ why: "", sql: schema.DROP_SCHEMA });
  return { steps };
}
