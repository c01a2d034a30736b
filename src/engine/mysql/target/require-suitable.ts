import { TidemarkError } from "../../../core/errors.ts";
import type { MysqlDefinitions } from "../../definitions.ts";
import type { MysqlConnection } from "../connection.ts";
import { hasObjects } from "./inspect-target.ts";
import { schemasOf, type TargetPlace } from "./target-place.ts";

/** Before the first write. Throws TARGET_NOT_EMPTY, TARGET_UNSUITABLE. */
export async function requireSuitable(
  connection: MysqlConnection,
  restore: {
    readonly place: TargetPlace;
    readonly definitions: MysqlDefinitions;
  },
  signal: AbortSignal,
): Promise<void> {
  const { place, definitions } = restore;
  for (const schema of schemasOf(definitions)) {
    const there = place.nameOf(schema);
    if (!(await hasObjects(connection, there, signal))) continue;
    throw new TidemarkError(
      "TARGET_NOT_EMPTY",
      `${place.label} holds objects in schema ${there} already`,
      {
        hint: "name another server, or a schema that does not exist: it is created",
      },
    );
  }
  await requireSameCase(connection, restore, signal);
}

const CASE = [
  "names as they are written, told apart by case",
  "names in lower case",
  "names as they are written, not told apart by case",
];

/** Two tables would be one, or bodies would not find theirs. */
async function requireSameCase(
  connection: MysqlConnection,
  {
    place,
    definitions,
  }: { readonly place: TargetPlace; readonly definitions: MysqlDefinitions },
  signal: AbortSignal,
): Promise<void> {
  const [found] = await connection.queryOne(
    "SELECT @@GLOBAL.lower_case_table_names",
    signal,
  );
  const then = definitions.lowerCaseTableNames;
  if (Number(found) === then) return;
  throw new TidemarkError(
    "TARGET_UNSUITABLE",
    `${place.label} has lower_case_table_names=${found} (${CASE[Number(found)] ?? "?"}), the source had ${then} (${CASE[then] ?? "?"})`,
    {
      hint: `restore into a server that was initialised with lower_case_table_names=${then}`,
    },
  );
}
