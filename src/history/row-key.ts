import { ABSENT, UNCHANGED, type Change, type Row } from "../core/change.ts";
import { TidemarkError } from "../core/errors.ts";
import { tableLabel, type Shape, type ShapeColumn } from "../core/shape.ts";

/** Some columns of a shape, by their place in a row, and the bytes that they must have. */
type Wanted = readonly { readonly at: number; readonly bytes: Buffer }[];

/**
 * A row as a user names it: `42` for a table whose key is one column, `column=value` for any column. Values are the engine's
 * canonical text; of raw columns `\x` and hexadecimal digits.
 */
export class RowKey {
  private readonly terms: readonly string[];
  private readonly known = new Map<string, Wanted | undefined>();

  constructor(terms: readonly string[]) {
    this.terms = terms;
  }

  /** Tables were met, and none of them had these columns: a misspelling, not an empty answer. Throws NOT_FOUND. */
  checkFitted(): void {
    if (this.known.size === 0) return;
    if ([...this.known.values()].some((wanted) => wanted !== undefined)) return;
    throw new TidemarkError(
      "NOT_FOUND",
      `no table of the range has the columns of --key ${this.terms.join(" ")}`,
      { hint: "write column=value, with the name as the server stores it" },
    );
  }

  /** Whether the change concerns such a row: before, after, or by a TRUNCATE. Throws USAGE where the key's form does not fit. */
  isTouchedBy(change: Change, shapeOf: (ref: number) => Shape | undefined) {
    switch (change.kind) {
      case "event":
        return false;
      case "truncate":
        return change.refs.some((ref) => shapeOf(ref) !== undefined);
      case "insert":
        return this.matches(shapeOf(change.ref), [change.after]);
      case "delete":
        return this.matches(shapeOf(change.ref), [change.old.row]);
      case "update": {
        const { old, after } = change;
        const before = old.kind === "none" ? [] : [old.row];
        return this.matches(shapeOf(change.ref), [
          ...before,
          // What did not change is what it was.
          after.map((value, at) =>
            value === UNCHANGED ? (before[0]?.[at] ?? value) : value,
          ),
        ]);
      }
    }
  }

  private matches(shape: Shape | undefined, rows: readonly Row[]): boolean {
    if (shape === undefined) return false;
    if (!this.known.has(shape.id)) {
      this.known.set(shape.id, findColumns(this.terms, shape));
    }
    const wanted = this.known.get(shape.id);
    return (
      wanted !== undefined &&
      rows.some((row) => wanted.every(({ at, bytes }) => is(row[at], bytes)))
    );
  }
}

function is(value: Row[number] | undefined, bytes: Buffer): boolean {
  if (value === undefined || value === null) return false;
  return value !== UNCHANGED && value !== ABSENT && bytes.equals(value);
}

function findColumns(
  terms: readonly string[],
  shape: Shape,
): Wanted | undefined {
  const found = terms.map((term) => findColumn(term, shape));
  return found.every((each) => each !== undefined) ? found : undefined;
}

function findColumn(term: string, shape: Shape) {
  const equals = term.indexOf("=");
  const name = term.slice(0, Math.max(equals, 0));
  const named = shape.columns.findIndex((column) => column.name === name);
  if (equals > 0 && named >= 0) {
    const column = shape.columns[named] as ShapeColumn;
    return { at: named, bytes: bytesOf(column, term.slice(equals + 1)) };
  }
  if (equals > 0 && /^\w+$/.test(name)) return undefined;
  const keys = shape.columns.filter((column) => column.identifies);
  const [key] = keys;
  if (shape.identity !== "KEY" || key === undefined || keys.length > 1) {
    throw new TidemarkError(
      "USAGE",
      `--key ${term} does not say which column of ${tableLabel(shape)}`,
      {
        hint:
          shape.identity === "KEY"
            ? keys.map((column) => `--key ${column.name}=…`).join(" ")
            : "that table has no key; write --key column=value",
      },
    );
  }
  return { at: shape.columns.indexOf(key), bytes: bytesOf(key, term) };
}

function bytesOf(column: ShapeColumn, text: string): Buffer {
  if (column.encoding === "TEXT") return Buffer.from(text, "utf8");
  if (/^\\x([0-9a-f]{2})*$/i.test(text))
    return Buffer.from(text.slice(2), "hex");
  throw new TidemarkError("USAGE", `${column.name} holds raw bytes`, {
    hint: "write them as \\x and hexadecimal digits",
  });
}
