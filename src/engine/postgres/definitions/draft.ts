import type { TableId } from "../../../core/shape.ts";
import type { SchemaPhase } from "../../definitions.ts";
import type { Kind } from "./kinds.ts";

/** `classid:objid` of what a draft makes; a draft that only changes something has `kind classid:objid:subid`. */
export type Address = string;

/** Oids of the system catalogs, the same in every server. */
export const CATALOG = {
  pg_class: 1259,
  pg_proc: 1255,
  pg_type: 1247,
  pg_namespace: 2615,
  pg_extension: 3079,
  pg_language: 2612,
  pg_constraint: 2606,
  pg_attrdef: 2604,
  pg_trigger: 2620,
  pg_rewrite: 2618,
  pg_policy: 3256,
  pg_operator: 2617,
  pg_opfamily: 2753,
  pg_opclass: 2616,
  pg_cast: 2605,
  pg_collation: 3456,
  pg_conversion: 2607,
  pg_statistic_ext: 3381,
  pg_ts_config: 3602,
  pg_ts_dict: 3600,
  pg_ts_parser: 3601,
  pg_ts_template: 3764,
  pg_event_trigger: 3466,
  pg_default_acl: 826,
} as const;
export type Catalog = keyof typeof CATALOG;

/** Statements that make or change one object, before they have their place in the order. */
export interface Draft {
  readonly address: Address;
  readonly id: string;
  readonly kind: Kind;
  readonly name: string;
  /** The earliest phase; what it needs may push it later. */
  readonly phase: SchemaPhase;
  readonly statements: readonly string[];
  /** Beside what pg_depend says. */
  readonly needs: readonly Address[];
  /** Comes after these where no cycle forbids it. */
  readonly follows?: readonly Address[];
  readonly table?: TableId;
  readonly optional?: true;
  /** Makes something with the same name and row type that needs only types; then `statements` replace it. Breaks cycles. */
  readonly shell?: readonly string[];
}

export function addressOf(catalog: Catalog, oid: number): Address {
  return `${CATALOG[catalog]}:${oid}`;
}

type DraftFields = Omit<Draft, "address" | "id" | "needs"> & {
  readonly needs?: readonly Address[];
};

/** A draft that makes the catalog object `oid`. */
export function makes(
  catalog: Catalog,
  oid: number,
  fields: DraftFields,
): Draft {
  const address = addressOf(catalog, oid);
  return { needs: [], ...fields, address, id: `${address}:0` };
}

/** A draft that changes an object which another draft makes. */
export function changes(
  catalog: Catalog,
  object: { readonly oid: number; readonly subid?: number | string },
  fields: DraftFields,
): Draft {
  const made = addressOf(catalog, object.oid);
  const id = `${made}:${object.subid ?? 0}`;
  return {
    ...fields,
    needs: [made, ...(fields.needs ?? [])],
    address: `${fields.kind} ${id}`,
    id,
  };
}

/** After the rows, of a constraint that was made NOT VALID: what it finds is reported. */
export function validates(
  constraint: number,
  of: {
    readonly name: string;
    readonly statement: string;
    readonly table?: TableId;
  },
): Draft {
  const { statement, ...labels } = of;
  return changes(
    "pg_constraint",
    { oid: constraint },
    {
      kind: "validation",
      ...labels,
      phase: "rest",
      statements: [statement],
      optional: true,
    },
  );
}
