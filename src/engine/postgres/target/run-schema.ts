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
  const heard = () =>
    warnings.size === 0
      ? undefined
      : `${object.kind} ${object.name}: ${[...warnings].join("; ")}`;
  connection.client.on("notice", hear);
  try {
    return await makeObject(connection, object, heard);
  } finally {
    connection.client.off("notice", hear);
  }
}

/** What is said of an object that was made, once its statements have run. */
type Remark = () => string | undefined;

/**
 * One object in one transaction with its entry in the ledger. Returns what of it could not be made, when it is optional or when
 * it is the source's own fault: the rows are worth more than an index or the proof of a foreign key.
 */
async function makeObject(
  connection: PostgresConnection,
  object: DefinedObject,
  heard: Remark,
): Promise<string | undefined> {
  let failure = await tryObject(connection, object, { remark: heard });
  if (failure !== undefined && isMissingName(failure))
    failure = await tryObject(connection, object, {
      remark: heard,
      widely: true,
    });
  if (failure === undefined) return heard();
  if (
    object.kind === "foreign key" &&
    sqlState(failure) === FOREIGN_KEY_VIOLATION
  )
    return makeUnproved(connection, object, failure);
  const isDispensable =
    object.optional === true
      ? ["STATEMENT_FAILED", "RIGHT_MISSING", "NOT_FOUND"].includes(
          failure.code,
        )
      : BUILT_FROM_FUNCTIONS.includes(object.kind) && isMissingName(failure);
  if (isDispensable) return `${object.kind} ${object.name}: ${failure.message}`;
  throw namely(object, failure);
}

/**
 * A foreign key that its rows break. Those of the source may do so, and only the source can tell: whoever restores has to hear of it,
 * because here it looks the same as rows that are missing.
 */
async function makeUnproved(
  connection: PostgresConnection,
  object: DefinedObject,
  { message }: TidemarkError,
): Promise<string> {
  const say = (made: string) =>
    `${object.kind} ${object.name}: rows break it, so it is ${made} (\`tidemark verify --against source\` says whether the source has the same rows): ${message}`;
  const remark = say("made NOT VALID");
  const statements = object.statements.map((sql) => `${sql} NOT VALID`);
  const failure = await tryObject(
    connection,
    { ...object, statements },
    { remark: () => remark },
  );
  if (failure === undefined) return remark;
  // Of a partitioned table, before PostgreSQL 18.
  if (failure.code === "STATEMENT_FAILED") return say("not made");
  throw namely(object, failure);
}

function namely(
  { kind, name }: DefinedObject,
  failure: TidemarkError,
): TidemarkError {
  const { code, message, hint, details } = failure;
  return new TidemarkError(code, `${kind} ${name}: ${message}`, {
    cause: failure,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

async function tryObject(
  connection: PostgresConnection,
  object: DefinedObject,
  how: { readonly widely?: boolean; readonly remark: Remark },
): Promise<TidemarkError | undefined> {
  await connection.query("BEGIN");
  try {
    if (how.widely) await widenSearchPath(connection, object.name);
    for (const statement of object.statements)
      await connection.query(statement);
    const remark = how.remark();
    await recordStep(connection, {
      step: schemaStep(object),
      ...(remark === undefined ? {} : { remark }),
    });
    await connection.query("COMMIT");
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => undefined);
    if (!(error instanceof TidemarkError)) throw error;
    return error;
  }
  targetFailpoint("target.object-made");
  return undefined;
}
