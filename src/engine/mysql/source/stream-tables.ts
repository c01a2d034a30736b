import { shapeOf } from "../../../format/shape-record.ts";
import type { Shape, TableFilter } from "../../../core/shape.ts";
import { UNCOUNTED, type CountedTable } from "../../stream/part-encoder.ts";
import { SYSTEM_SCHEMAS, TIDEMARK_LOG, TIDEMARK_SCHEMA } from "../names.ts";
import { mysqlShape, mysqlTableId } from "../shape.ts";
import type { EventReader } from "./events/event-reader.ts";
import { parseTableMap, type TableMap } from "./table-map/parse-table-map.ts";
import { RowImageReader } from "./row-image-reader.ts";
import { RowKeys } from "./row-keys.ts";

/** A table as this stream last described it. */
export interface CapturedTable extends CountedTable {
  readonly kind: "captured";
  readonly reader: RowImageReader;
  /** Columns in a row image. */
  readonly width: number;
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
  private readonly byId = new Map<number, Described>();
  private readonly truncated = new Map<string, CountedTable>();
  private group = 0;

  constructor(options: {
    readonly flavour: Flavour;
    readonly includes: TableFilter;
    readonly includesSchema: (schema: string) => boolean;
    /** Before the first change that uses it. */
    readonly onShape: (shape: Shape) => void;
  }) {
    this.flavour = options.flavour;
    this.includes = options.includes;
    this.includesSchema = options.includesSchema;
    this.onShape = options.onShape;
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

  /** `event` stands at the beginning of a TABLE_MAP. */
  describe(event: EventReader): void {
    const id = event.peekUint48();
    const known = this.byId.get(id);
    if (known !== undefined && isSame(known.map, event)) {
      known.group = this.group;
      return;
    }
    const body = event.rest();
    if (this.byId.size >= MOST_TABLES) this.byId.clear();
    this.byId.set(id, {
      map: Buffer.from(body),
      table: this.streamTable(body),
      group: this.group,
    });
  }

  table(id: number): StreamTable {
    const described = this.byId.get(id);
    if (described?.group !== this.group)
      throw new RangeError(
        `rows of table ${id}, which the log does not describe`,
      );
    return described.table;
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

  private streamTable(body: Buffer): StreamTable {
    const { schema, name } = peekName(body);
    const isLog = schema === TIDEMARK_SCHEMA && name === TIDEMARK_LOG;
    if (!isLog && !this.isCaptured(schema, name)) return { kind: "ignored" };
    const map = parseTableMap(body, this.flavour);
    if (isSequence(map, this.flavour)) return { kind: "ignored" };
    const { columns, width } = map;
    const reader = new RowImageReader({
      columns,
      width,
      flavour: this.flavour,
    });
    if (isLog)
      return { kind: "log", reader, columns: columns.map((each) => each.name) };
    const shape = mysqlShape({
      engine: this.flavour,
      namespace: schema,
      ...map,
    });
    this.onShape(shape);
    const keys =
      shape.identity === "KEY"
        ? new RowKeys(shape.columns.map((column) => column.identifies))
        : undefined;
    return { kind: "captured", shape, reader, width, keys, ...UNCOUNTED };
  }
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
