import { ABSENT, UNCHANGED, type Change, type Row } from "../core/change.ts";
import { tableLabel, type Shape } from "../core/shape.ts";

/** Values by column name: the engine's canonical text, `\x…` of raw bytes, null. What was not sent is absent. */
export type NamedRow = Readonly<Record<string, string | null>>;

/** A row change or truncation, decoded; `index` counts the items of its transaction from 0. */
export type LoggedChange = { readonly seq: number; readonly index: number } & (
  | {
      readonly change: "insert" | "update" | "delete";
      readonly table: string;
      readonly old?: NamedRow;
      readonly new?: NamedRow;
      /** Columns that kept the value they had, which the source did not send. */
      readonly unchanged?: readonly string[];
    }
  | {
      readonly change: "truncate";
      readonly tables: readonly string[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
);

/** Undefined for what is not of the tables that `shapeOf` knows, and for events: those stand with their transaction. */
export function nameChange(
  change: Change,
  at: { readonly seq: number; readonly index: number },
  shapeOf: (ref: number) => Shape | undefined,
): LoggedChange | undefined {
  if (change.kind === "event") return undefined;
  if (change.kind === "truncate") {
    const shapes = change.refs
      .map(shapeOf)
      .filter((shape) => shape !== undefined);
    if (shapes.length === 0) return undefined;
    const { cascade, restartIdentity } = change;
    const tables = shapes.map(tableLabel);
    return { ...at, change: "truncate", tables, cascade, restartIdentity };
  }
  const shape = shapeOf(change.ref);
  if (shape === undefined) return undefined;
  const named = { ...at, change: change.kind, table: tableLabel(shape) };
  switch (change.kind) {
    case "insert":
      return { ...named, new: nameRow(shape, change.after) };
    case "delete":
      return { ...named, old: nameRow(shape, change.old.row) };
    case "update": {
      const unchanged = shape.columns
        .filter((_, n) => change.after[n] === UNCHANGED)
        .map((column) => column.name);
      return {
        ...named,
        ...(change.old.kind === "none"
          ? {}
          : { old: nameRow(shape, change.old.row) }),
        new: nameRow(shape, change.after),
        ...(unchanged.length === 0 ? {} : { unchanged }),
      };
    }
  }
}

function nameRow(shape: Shape, row: Row): NamedRow {
  const named: Record<string, string | null> = {};
  shape.columns.forEach(({ name, encoding }, n) => {
    const value = row[n];
    if (value === undefined || value === UNCHANGED || value === ABSENT) return;
    // Defined, not assigned: a column may be named __proto__.
    Object.defineProperty(named, name, {
      value: value === null ? null : valueText(value, encoding),
      enumerable: true,
    });
  });
  return named;
}

function valueText(value: Uint8Array, encoding: "TEXT" | "RAW"): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return encoding === "RAW"
    ? `\\x${bytes.toString("hex")}`
    : bytes.toString("utf8");
}
