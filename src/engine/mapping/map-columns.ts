import type { ShapeColumn } from "../../core/shape.ts";
import type { DefinedTable } from "../definitions.ts";
import type { ColumnDefault, StructureColumn } from "../table-structure.ts";
import type { MappedType, RefusedType } from "./mapped-type.ts";

export interface MappedColumn {
  readonly name: string;
  readonly declared: StructureColumn;
  /** The source's; undefined: its rows do not have it. */
  readonly shape: ShapeColumn;
  readonly mapped: MappedType;
}

export interface MappedColumns {
  /** Of the target, in order. */
  readonly columns: readonly MappedColumn[];
  readonly remarks: readonly string[];
  readonly refusals: readonly string[];
}

/** The columns that the rows have; `mapType` knows both dialects. */
export function mapColumns(
  table: DefinedTable,
  label: string,
  mapType: (
    shape: ShapeColumn,
    declared: StructureColumn,
  ) => MappedType | RefusedType,
): MappedColumns {
  const columns: MappedColumn[] = [];
  const remarks: string[] = [];
  const refusals: string[] = [];
  const shapes = new Map(
    table.shape.columns.map((column) => [column.name, column]),
  );
  for (const declared of table.structure?.columns ?? []) {
    const { name, generated } = declared;
    const shape = shapes.get(name);
    const where = `${label}.${name}`;
    if (shape === undefined) {
      remarks.push(`${where}: is computed, and left out`);
      continue;
    }
    const mapped = mapType(shape, declared);
    if ("refused" in mapped) {
      refusals.push(`${where}: ${mapped.refused}`);
      continue;
    }
    columns.push({ name, declared, shape, mapped });
    if (mapped.remark !== undefined)
      remarks.push(`${where}: ${declared.type} ${mapped.remark}`);
    if (generated !== undefined)
      remarks.push(
        `${where}: was computed, and becomes a column with the values that it had`,
      );
    if (declared.onUpdate !== undefined)
      remarks.push(`${where}: ON UPDATE ${declared.onUpdate} is not mapped`);
  }
  remarks.push(...collationRemarks(label, columns));
  return { columns, remarks, refusals };
}

/** One line for each, however many columns have it. */
function collationRemarks(
  label: string,
  columns: readonly MappedColumn[],
): readonly string[] {
  const names = Map.groupBy(
    columns.filter(({ mapped }) => mapped.comparable === "text"),
    ({ declared }) => declared.collation,
  );
  return [...names].flatMap(([collation, some]) =>
    collation === undefined || isExact(collation)
      ? []
      : [
          `${label}: collation ${collation} of ${some.map(({ name }) => name).join(", ")} is not mapped: texts are compared byte by byte`,
        ],
  );
}

/** Of two texts that are not the same none are equal. */
function isExact(collation: string): boolean {
  return /(?:^|_)bin$/.test(collation);
}

/** `DEFAULT …` in the target's SQL, or why there is none. Sequences are the target's own affair. */
export function mapDefault(
  { declared, mapped }: MappedColumn,
  {
    kind,
    text,
  }: { readonly kind: ColumnDefault["kind"]; readonly text: string },
): { readonly sql: string } | { readonly unmapped: string } {
  switch (kind) {
    case "literal":
      try {
        if (mapped.literal !== undefined)
          return { sql: `DEFAULT ${mapped.literal(text)}` };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return { unmapped: `default ${text} is not mapped: ${error.message}` };
      }
      return { unmapped: `default ${text} is not mapped` };
    case "now":
      return mapped.now === undefined
        ? {
            unmapped: `the current time as a default of ${declared.type} is not mapped`,
          }
        : { sql: `DEFAULT ${mapped.now}` };
    case "expression":
      return { unmapped: `default ${text} is not mapped` };
    case "sequence":
      return { unmapped: "numbers of a sequence as a default are not mapped" };
    default:
      return kind satisfies never;
  }
}
