import { TidemarkError } from "../../../core/errors.ts";
import type { Definitions, MysqlDefinitions } from "../../definitions.ts";
import { describeAddress, type MysqlAddress } from "../connection.ts";

/**
 * A server, into which schemas are restored under their own names, or one schema of it, which takes the place of the only one that is
 * restored.
 */
export interface TargetPlace {
  /** For people. */
  readonly label: string;
  /** Without a schema: it may not be there yet. */
  readonly address: MysqlAddress;
  readonly schema: string | undefined;
  /** What the ledger and the locks know it by: two schemas of one server are two targets. */
  readonly key: string;
  /** The name that a schema of the source has there. */
  nameOf(schema: string): string;
}

export function targetPlace(address: MysqlAddress): TargetPlace {
  const schema = address.database;
  return {
    label: describeAddress(address),
    address: { ...address, database: undefined },
    schema,
    key: schema ?? "",
    nameOf: (own) => schema ?? own,
  };
}

/** The schemas that a restore of `definitions` makes. Throws TARGET_UNSUITABLE when there is one place for several. */
export function requireRoom(
  place: TargetPlace,
  definitions: Definitions,
): MysqlDefinitions {
  if (definitions.engine === "postgres")
    throw new TypeError(`definitions of ${definitions.engine}`);
  const schemas = schemasOf(definitions);
  if (place.schema !== undefined && schemas.length > 1) {
    throw new TidemarkError(
      "TARGET_UNSUITABLE",
      `${place.label} is one schema, and the source has ${schemas.length}: ${schemas.slice(0, 10).join(", ")}`,
      {
        hint: "leave the schema out of the target's URL: they are restored under their own names; or choose tables of one of them",
      },
    );
  }
  return definitions;
}

export function schemasOf(definitions: MysqlDefinitions): readonly string[] {
  return definitions.objects
    .filter(({ kind }) => kind === "schema")
    .map(({ name }) => name);
}
