import { TidemarkError } from "../../../core/errors.ts";
import type { DefinedObject } from "../../definitions.ts";
import type { PostgresConnection } from "../connection.ts";
import { sqlState } from "../errors.ts";
import { recordStep } from "./restore-ledger.ts";
import { isMissingName, widenSearchPath } from "./search-path.ts";
import { targetFailpoint } from "./target-failpoints.ts";

/** The step's name in the ledger. */
export function schemaStep(object: DefinedObject): string {
  return `${object.phase} ${object.kind} ${object.id}`;
}

const FOREIGN_KEY_VIOLATION = "23503";

/** From 17 on the server builds them with a bare search_path, so that one may stand in a source that none could build again. */
const BUILT_FROM_FUNCTIONS: readonly string[] = ["index", "exclusion"];

/** privilege_not_revoked, privilege_not_granted: who does not own an object is told so by a warning alone. */
const NOT_OBEYED: readonly (string | undefined)[] = ["01006", "01007"];

interface Heard {
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** Makes an object, and hears what the server says beside errors. Returns what of it could not be made. */
export async function runObject(
  connection: PostgresConnection,
  object: DefinedObject,
): Promise<string | undefined> {
  const warnings = new Set<string>();
  const hear = ({ code, message }: Heard) => {
    if (NOT_OBEYED.includes(code)) warnings.add(message ?? "");
  };
  connection.client.on("notice", hear);
  try {
    const failure = await makeObject(connection, object);
    if (failure !== undefined || warnings.size === 0) return failure;
    return `${object.kind} ${object.name}: ${[...warnings].join("; ")}`;
  } finally {
    connection.client.off("notice", hear);
  }
}

/**
 * One object in one transaction with its entry in the ledger. Returns what of it could not be made, when it is optional or when
 * it is the source's own fault: the rows are worth more than an index or the proof of a foreign key.
 */
async function makeObject(
  connection: PostgresConnection,
  object: DefinedObject,
): Promise<string | undefined> {
  let failure = await tryObject(connection, object);
  if (failure !== undefined && isMissingName(failure))
    failure = await tryObject(connection, object, { widely: true });
  if (failure === undefined) return undefined;
  if (sqlState(failure) === FOREIGN_KEY_VIOLATION && !object.optional) {
    const unproved = object.statements.map((sql) => `${sql} NOT VALID`);
    const again = await tryObject(connection, {
      ...object,
      statements: unproved,
    });
    if (again !== undefined && again.code !== "STATEMENT_FAILED") throw again;
    const made = again === undefined ? "made NOT VALID" : "not made";
    return `${object.kind} ${object.name}: rows of the source break it, so it is ${made}: ${failure.message}`;
  }
  const isDispensable =
    object.optional === true
      ? ["STATEMENT_FAILED", "RIGHT_MISSING", "NOT_FOUND"].includes(
          failure.code,
        )
      : BUILT_FROM_FUNCTIONS.includes(object.kind) && isMissingName(failure);
  if (isDispensable) return `${object.kind} ${object.name}: ${failure.message}`;
  throw new TidemarkError(
    failure.code,
    `${object.kind} ${object.name}: ${failure.message}`,
    {
      cause: failure,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      ...(failure.details === undefined ? {} : { details: failure.details }),
    },
  );
}

async function tryObject(
  connection: PostgresConnection,
  object: DefinedObject,
  how: { readonly widely?: boolean } = {},
): Promise<TidemarkError | undefined> {
  await connection.query("BEGIN");
  try {
    if (how.widely) await widenSearchPath(connection, object.name);
    for (const statement of object.statements)
      await connection.query(statement);
    await recordStep(connection, schemaStep(object));
    await connection.query("COMMIT");
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => undefined);
    if (!(error instanceof TidemarkError)) throw error;
    return error;
  }
  targetFailpoint("target.object-made");
  return undefined;
}
