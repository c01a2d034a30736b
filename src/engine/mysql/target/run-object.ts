import { TidemarkError } from "../../../core/errors.ts";
import type { DefinedObject } from "../../definitions.ts";
import type { MysqlConnection } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteIdentifier } from "../quote.ts";
import { breakingRows } from "./breaking-rows.ts";
import { clientOf, encodeFor } from "./encode-statement.ts";
import { keepingSettings } from "./keep-settings.ts";
import { namesSchema, renameSchema } from "./rename-schema.ts";
import { recordStep } from "./restore-ledger.ts";
import { runStatement } from "./run-statement.ts";
import { targetFailpoint } from "./target-failpoints.ts";
import type { TargetPlace } from "./target-place.ts";

/** Beside those of every session. Foreign keys: that rows obey them is asked once they stand, which costs no copy of the table. */
export const RESTORE_SETTINGS = { foreign_key_checks: 0 };

/** The step's name in the ledger. */
export function schemaStep(object: DefinedObject): string {
  return `${object.phase} ${object.kind} ${object.id}`;
}

/** What is dropped before it is made, because a run that was killed may have made it without having said so. Nobody else's can be there. */
const MADE_WHOLE: ReadonlySet<string> = new Set([
  ...["sequence", "table", "view", "trigger", "event"],
  ...["function", "procedure", "package", "package body"],
]);

/** ER_DUP_KEYNAME, ER_FK_DUP_NAME, and ER_CANT_CREATE_TABLE, as which MariaDB says that a foreign key is there. */
const THERE_ALREADY: Readonly<Record<string, readonly number[]>> = {
  index: [1061],
  "foreign key": [1826, 1005, 1061],
};

/** The server takes no function or trigger from this user while it writes a binlog. */
const UNTRUSTED = [1418, 1419];
const BY_DEFINER =
  "GRANT SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER ON *.* (MySQL before 8.2: SET_USER_ID; MariaDB: SET USER) to this user, then run the same restore again: it is resumed";
const BY_TRUST =
  "SET GLOBAL log_bin_trust_function_creators = 1 on the target, then run the same restore again: it is resumed";

/**
 * Makes an object, then its entry in the ledger: every statement commits by itself, and one that was made without its entry is made
 * again, or is found to be there. Returns what of it could not be made, or not as it was.
 */
export async function runObject(
  connection: MysqlConnection,
  work: { readonly object: DefinedObject; readonly place: TargetPlace },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { object, place } = work;
  const name = `${object.kind} ${object.name}`;
  const made = await keepingSettings(connection, signal, () =>
    tryObject(connection, work, signal),
  );
  // It is tried again by a run that goes on.
  if ("why" in made) return `${name}: ${made.why}`;
  const remark =
    made.remark === undefined ? undefined : `${name}: ${made.remark}`;
  targetFailpoint("mysql-target.object-made");
  const step = schemaStep(object);
  await recordStep(connection, { place, step, remark }, signal);
  targetFailpoint("mysql-target.object-recorded");
  return remark;
}

const OWN_FAULTS: readonly string[] = [
  ...["STATEMENT_FAILED", "RIGHT_MISSING", "NOT_FOUND"],
];

async function tryObject(
  connection: MysqlConnection,
  work: { readonly object: DefinedObject; readonly place: TargetPlace },
  signal: AbortSignal,
): Promise<{ readonly remark: string | undefined } | { readonly why: string }> {
  try {
    return { remark: await makeObject(connection, work, signal) };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    if (work.object.optional === true && OWN_FAULTS.includes(error.code))
      return { why: error.message };
    throw namely(work.object, error);
  }
}

async function makeObject(
  connection: MysqlConnection,
  {
    object,
    place,
  }: { readonly object: DefinedObject; readonly place: TargetPlace },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { kind, within } = object;
  const renaming =
    within === undefined
      ? { from: object.name, to: place.nameOf(object.name) }
      : { from: within, to: place.nameOf(within) };
  const remarks: string[] = [];
  if (within !== undefined) {
    await connection.run(`USE ${quoteIdentifier(renaming.to)}`, signal);
  }
  let client: string | undefined;
  for (const statement of object.statements) {
    client = clientOf(statement) ?? client;
    // In the session that its own settings have made: of a package MariaDB knows under sql_mode=ORACLE alone.
    if (MADE_WHOLE.has(kind) && statement.startsWith("CREATE"))
      await connection.run(
        `DROP ${kind.toUpperCase()} IF EXISTS ${bareName(object)}`,
        signal,
      );
    if (
      renaming.from !== renaming.to &&
      namesSchema(kind, statement, renaming.from)
    )
      remarks.push(
        `it names schema ${renaming.from}, and does so in ${renaming.to} too`,
      );
    try {
      remarks.push(
        ...(await runStatement(
          connection,
          await encodeFor(
            connection,
            { statement: renameSchema(kind, statement, renaming), client },
            signal,
          ),
          signal,
        )),
      );
    } catch (error) {
      const errno = serverErrno(error);
      if (errno === undefined || !THERE_ALREADY[kind]?.includes(errno))
        throw error;
    }
  }
  if (kind === "foreign key")
    remarks.push(...(await breakingRows(connection, object, signal)));
  return remarks.length === 0 ? undefined : remarks.join("; ");
}

/** The last part of `` `schema`.`name` ``. */
function bareName({ id, within }: DefinedObject): string {
  return id.slice(quoteIdentifier(within ?? "").length + 1);
}

function namely(object: DefinedObject, failure: TidemarkError): TidemarkError {
  const { code, message, details } = failure;
  const errno = serverErrno(failure) ?? 0;
  const hint = UNTRUSTED.includes(errno)
    ? BY_TRUST
    : code === "RIGHT_MISSING"
      ? BY_DEFINER
      : failure.hint;
  return new TidemarkError(code, `${object.kind} ${object.name}: ${message}`, {
    cause: failure,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}
