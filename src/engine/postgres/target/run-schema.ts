import { TidemarkError } from "../../../core/errors.ts";
import type { DefinedObject } from "../../definitions.ts";
import type { PostgresConnection } from "../connection.ts";
import { recordStep } from "./restore-ledger.ts";
import { targetFailpoint } from "./target-failpoints.ts";

/** The step's name in the ledger. */
export function schemaStep(object: DefinedObject): string {
  return `${object.phase} ${object.kind} ${object.id}`;
}

/** One object in one transaction with its entry in the ledger. Returns why it could not be made, when it is optional. */
export async function runObject(
  connection: PostgresConnection,
  object: DefinedObject,
): Promise<string | undefined> {
  await connection.query("BEGIN");
  try {
    for (const statement of object.statements)
      await connection.query(statement);
    await recordStep(connection, schemaStep(object));
    await connection.query("COMMIT");
    targetFailpoint("target.object-made");
    return undefined;
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => undefined);
    if (!(error instanceof TidemarkError)) throw error;
    if (
      object.optional &&
      ["STATEMENT_FAILED", "RIGHT_MISSING", "NOT_FOUND"].includes(error.code)
    ) {
      return `${object.kind} ${object.name}: ${error.message}`;
    }
    throw new TidemarkError(
      error.code,
      `${object.kind} ${object.name}: ${error.message}`,
      {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(error.details === undefined ? {} : { details: error.details }),
      },
    );
  }
}
