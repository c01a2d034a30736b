import { shapeOf } from "../../../format/shape-record.ts";
import type { Shape, TableFilter } from "../../../core/shape.ts";
import { UNCOUNTED, type CountedTable } from "../../stream/part-encoder.ts";
import { SYSTEM_SCHEMAS, TIDEMARK_LOG, TIDEMARK_SCHEMA } from "../names.ts";
import { mysqlShape, mysqlTableId } from "../shape.ts";
import { withoutColumns } from "../values/without-columns.ts";
import type { EventReader } from "./events/event-reader.ts";
import type { ColumnsNow, ReadGenerated } from "./generated-columns.ts";
import { parseTableMap, type TableMap } from "./table-map/parse-table-map.ts";
import { isSet, RowImageReader } from "./row-image-reader.ts";
import { RowKeys } from "./row-keys.ts";

/** A table as this stream last described it. */
export interface CapturedTable extends CountedTable {
  readonly kind: "captured";
  readonly reader: RowImageReader;
  /** undefined: the whole row identifies. */
  readonly keys: RowKeys | undefined;
}

export type StreamTable =
  | CapturedTable
  /** tidemark.log: its inserts are events. */
  | {
      readonly kind: "log";
      readonly reader: RowImageReader;
      readonly columns: readonly string[];
    }
  /** Filtered, the server's, or ours. */
  | { readonly kind: "ignored" };

interface Described {
  readonly map: Buffer;
  readonly table: StreamTable;
  /** undefined: the log says it all. */
  readonly now: ColumnsNow | undefined;
  /** The statement in which it was described last. */
  group: number;
}

/** More tables than that are described anew. */
const MOST_TABLES = 20_000;

export type Flavour = "mysql" | "mariadb";

/**
 * The tables of a stream, by the number that the log gives each. A table is described before each statement; as long as that is the same as the
 * last time, it costs no more than the comparison.
 */
export class StreamTables {
  private readonly flavour: Flavour;
  private readonly includes: TableFilter;
  private readonly includesSchema: (schema: string) => boolean;
  private readonly onShape: (shape: Shape) => void;
  private readonly readGenerated: ReadGenerated | undefined;
  private readonly byId = new Map<number, Described>();
  private readonly truncated = new Map<string, CountedTable>();
  private group = 0;

  constructor(options: {
    readonly flavour: Flavour;
    readonly includes: TableFilter;
    readonly includesSchema: (schema: string) => boolean;
    /** Before the first change that uses it. */
    readonly onShape: (shape: Shape) => void;
    /** Where the log is without some of them. */
    readonly readGenerated: ReadGenerated | undefined;
  }) {
    this.flavour = options.flavour;
    this.includes = options.includes;
    this.includesSchema = options.includesSchema;
    this.onShape = options.onShape;
    this.readGenerated = options.readGenerated;
  }

  /** What was described before holds no more. */
  nextGroup(): void {
    this.group++;
  }

  isCaptured(schema: string, name: string): boolean {
    return isUsers(schema) && this.includes(schema, name);
  }

  /** Whether views, triggers and routines of a schema, and it itself, have a history. */
  isCapturedSchema(schema: string): boolean {
    return isUsers(schema) && this.includesSchema(schema);
  }

  /** `event` stands at the beginning of a TABLE_MAP. A promise where the server has to be asked about a table. */
  describe(event: EventReader): Promise<void> | undefined {
    const id = event.peekUint48();
    const known = this.byId.get(id);
    if (known !== undefined && isSame(known.map, event)) {
      known.group = this.group;
      return undefined;
    }
    const map = Buffer.from(event.rest());
    if (this.byId.size >= MOST_TABLES) this.byId.clear();
    const set = (table: StreamTable, now?: ColumnsNow) =>
      void this.byId.set(id, { map, table, now, group: this.group });
    const { schema, name } = peekName(map);
    const isLog = schema === TIDEMARK_SCHEMA && name === TIDEMARK_LOG;
    if (isLog) set(this.logTable(map));
    else if (!this.isCaptured(schema, name)) set({ kind: "ignored" });
    else if (this.readGenerated === undefined)
      set(this.capturedTable(map, NONE));
    else
      return this.readGenerated(schema, name).then((now) =>
        set(this.capturedTable(map, generatedOf(now)), now),
      );
    return undefined;
  }

  table(id: number): StreamTable {
    const described = this.byId.get(id);
    if (described?.group !== this.group)
      throw new RangeError(
        `rows of table ${id}, which the log does not describe`,
      );
    return described.table;
  }

  /**
   * A table whose images of updates and deletes have only these columns. The others were generated, as far as anybody can tell who does not
   * find them any more; undefined where one is there, and is not.
   */
  withOnly(id: number, present: Uint8Array): CapturedTable | undefined {
    const described = this.byId.get(id);
    if (described?.now === undefined) return undefined;
    const { now } = described;
    const { columns } = parseTableMap(described.map, this.flavour);
    const missing = columns.filter((_, at) => !isSet(present, at)).map(nameOf);
    if (missing.some((name) => now.get(name)?.generated === false))
      return undefined;
    const table = this.capturedTable(described.map, new Set(missing));
    this.byId.set(id, { ...described, table });
    return table.kind === "captured" ? table : undefined;
  }

  /** What a TRUNCATE refers to. The log says no columns with it, and those of before or after may be others: so it has none. */
  truncatedTable(namespace: string, name: string): CountedTable {
    const key = `${namespace}\0${name}`;
    let table = this.truncated.get(key);
    if (table === undefined) {
      const shape = shapeOf({
        table: mysqlTableId(namespace, name),
        engine: this.flavour,
        namespace,
        name,
        identity: "NONE",
        columns: [],
      });
      this.onShape(shape);
      table = { shape, ...UNCOUNTED };
      this.truncated.set(key, table);
    }
    return table;
  }

  private logTable(body: Buffer): StreamTable {
    const { flavour } = this;
    const map = parseTableMap(body, flavour);
    const reader = new RowImageReader({ ...map, flavour, leftOut: NONE });
    return { kind: "log", reader, columns: map.columns.map(nameOf) };
  }

  private capturedTable(
    body: Buffer,
    leftOut: ReadonlySet<string>,
  ): StreamTable {
    const { flavour } = this;
    const map = parseTableMap(body, flavour);
    if (isSequence(map, flavour)) return { kind: "ignored" };
    const reader = new RowImageReader({ ...map, flavour, leftOut });
    const shape = mysqlShape({
      ...{ engine: flavour, namespace: map.schema, name: map.name },
      ...withoutColumns(map, ({ name }) => leftOut.has(name)),
    });
    this.onShape(shape);
    const keys =
      shape.identity === "KEY"
        ? new RowKeys(shape.columns.map((column) => column.identifies))
        : undefined;
    return { kind: "captured", shape, reader, keys, ...UNCOUNTED };
  }
}

const NONE: ReadonlySet<string> = new Set();

function generatedOf(columns: ColumnsNow): ReadonlySet<string> {
  const generated = [...columns].filter(([, column]) => column.generated);
  return new Set(generated.map(([name]) => name));
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function isSame(map: Buffer, event: EventReader): boolean {
  return map.length === event.left && event.isNext(map);
}

/** Int48 table · Int16 flags · Int8 length, schema, 0 · Int8 length, name, 0: also of a table whose columns are not told. */
function peekName(body: Buffer): { schema: string; name: string } {
  const schemaFrom = 9;
  const schemaEnd = schemaFrom + body.readUInt8(8);
  const nameFrom = schemaEnd + 2;
  const nameEnd = nameFrom + body.readUInt8(schemaEnd + 1);
  return {
    schema: body.toString("utf8", schemaFrom, schemaEnd),
    name: body.toString("utf8", nameFrom, nameEnd),
  };
}

/** MariaDB's SEQUENCE is a table of one row, and its rows in the log are no inserts. Its value is read as that of a sequence. */
const SEQUENCE_COLUMNS = [
  ...["next_not_cached_value", "minimum_value", "maximum_value"],
  ...["start_value", "increment", "cache_size", "cycle_option", "cycle_count"],
];

function isSequence({ columns }: TableMap, flavour: Flavour): boolean {
  return (
    flavour === "mariadb" &&
    columns.length === SEQUENCE_COLUMNS.length &&
    columns.every(({ name }, place) => name === SEQUENCE_COLUMNS[place])
  );
}

function isUsers(schema: string): boolean {
  return schema !== TIDEMARK_SCHEMA && !SYSTEM_SCHEMAS.includes(schema);
}
