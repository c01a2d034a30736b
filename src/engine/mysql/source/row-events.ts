import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel } from "../../../core/shape.ts";
import { readCompressed } from "./events/compressed.ts";
import type { EventReader } from "./events/event-reader.ts";
import * as EVENT from "./events/event-type.ts";
import {
  END_OF_STATEMENT,
  NO_TABLE,
  readRowsHeader,
  type RowsHeader,
} from "./events/rows.ts";
import { TIDEMARK_LOG, TIDEMARK_SCHEMA } from "../names.ts";
import { logRows } from "./log-row.ts";
import { RowChanges } from "./row-changes.ts";
import { contextOf } from "./statement-context.ts";
import type { StreamTable, StreamTables } from "./stream-tables.ts";
import type { Transactions } from "./transactions.ts";

type Kind = "insert" | "update" | "delete";

interface Form {
  readonly kind: Kind;
  readonly isVersion2: boolean;
  readonly isUpdate: boolean;
  readonly isCompressed: boolean;
}

const FORMS = new Map<number, Form>();
const kinds = ["insert", "update", "delete"] as const;
for (const [place, kind] of kinds.entries()) {
  const isUpdate = kind === "update";
  const form = (isVersion2: boolean, isCompressed: boolean) => ({
    ...{ kind, isUpdate, isVersion2, isCompressed },
  });
  FORMS.set(EVENT.WRITE_ROWS_V1 + place, form(false, false));
  FORMS.set(EVENT.WRITE_ROWS + place, form(true, false));
  FORMS.set(EVENT.WRITE_ROWS_COMPRESSED_V1 + place, form(false, true));
  FORMS.set(EVENT.WRITE_ROWS_COMPRESSED + place, form(true, true));
}

/** A table whose rows are told. */
type Told = Exclude<StreamTable, { kind: "ignored" }>;

function whole(table: Told): Told {
  table.reader.turnTo(undefined);
  return table;
}

function labelOf(table: Told): string {
  return table.kind === "log"
    ? `${TIDEMARK_SCHEMA}.${TIDEMARK_LOG}`
    : tableLabel(table.shape);
}

const CONTEXT = "tidemark.context";

/** Rows events, and the statements that they come of. Hot. */
export class RowEvents {
  private readonly tables: StreamTables;
  private readonly transactions: Transactions;
  private readonly changes: RowChanges;
  private readonly header: RowsHeader = {
    tableId: 0,
    flags: 0,
    columns: 0,
    complete: true,
    bitsAt: 0,
  };
  /** What the application said about the statement; it is told before the statement's first change. */
  private context: Buffer | undefined;
  /** What it said last in this transaction. */
  private toldContext: Buffer | undefined;

  constructor(tables: StreamTables, transactions: Transactions) {
    this.tables = tables;
    this.transactions = transactions;
    this.changes = new RowChanges(transactions.parts);
  }

  nextGroup(): void {
    this.context = undefined;
    this.toldContext = undefined;
  }

  /** The text of the statement whose rows come next. */
  statement(event: EventReader): void {
    const context = contextOf(event.rest());
    this.context = context === undefined ? undefined : Buffer.from(context);
  }

  /** Whether the statement ends with this event. */
  take(event: EventReader): boolean {
    const { header } = this;
    if (event.type === EVENT.PARTIAL_UPDATE_ROWS) return this.partial(event);
    const form = FORMS.get(event.type);
    if (form === undefined) throw new RangeError(`rows of ${event.type}`);
    readRowsHeader(event, form, header);
    const ends = (header.flags & END_OF_STATEMENT) !== 0;
    if (header.tableId === NO_TABLE) return ends;
    const described = this.tables.table(header.tableId);
    if (described.kind === "ignored") return ends;
    if (described.kind === "log" && form.kind !== "insert") return ends;
    const table = header.complete
      ? whole(described)
      : this.withoutSome(described, event, form);
    if (header.columns !== table.reader.width)
      throw new RangeError(
        `rows of ${header.columns} columns in ${labelOf(table)}, which has ${table.reader.width}`,
      );
    if (form.isCompressed)
      event.replaceContent(readCompressed(event.rest()), event.type);
    if (table.kind === "log") {
      for (const row of logRows(table, event))
        this.transactions.parts.event(row);
      return ends;
    }
    if (this.context !== undefined) this.tellContext(this.context);
    this.changes[form.kind](table, event);
    return ends;
  }

  /** The table, its reader turned to images without some columns, if none is missing that a row needs. */
  private withoutSome(
    table: Told,
    { buffer }: EventReader,
    { kind, isUpdate }: Form,
  ): Told {
    const { tableId, columns, bitsAt } = this.header;
    const bytes = (columns + 7) >>> 3;
    const bits = Buffer.from(buffer.subarray(bitsAt, bitsAt + bytes));
    const isSame =
      !isUpdate ||
      bits.equals(buffer.subarray(bitsAt + bytes, bitsAt + 2 * bytes));
    const found = !isSame
      ? undefined
      : table.reader.hasRow(bits)
        ? table
        : kind === "insert"
          ? undefined
          : this.tables.withOnly(tableId, bits);
    if (found !== undefined) {
      found.reader.turnTo(bits);
      return found;
    }
    throw new TidemarkError(
      "SOURCE_UNREADABLE",
      `the log has rows of ${labelOf(table)} without some of their columns`,
      {
        hint: "SET GLOBAL binlog_row_image = FULL, and end the sessions that have it otherwise; nothing was skipped",
      },
    );
  }

  /** Of a table that is left out they do not matter. */
  private partial(event: EventReader): boolean {
    const { header } = this;
    readRowsHeader(event, { isVersion2: true, isUpdate: true }, header);
    const table = this.tables.table(header.tableId);
    if (table.kind !== "captured")
      return (header.flags & END_OF_STATEMENT) !== 0;
    throw new TidemarkError(
      "SOURCE_UNREADABLE",
      `the log has only the changed parts of JSON values of ${tableLabel(table.shape)}`,
      {
        hint: "SET GLOBAL binlog_row_value_options = '', and end the sessions that have it otherwise; nothing was skipped",
      },
    );
  }

  private tellContext(body: Buffer): void {
    this.context = undefined;
    if (this.toldContext?.equals(body) === true) return;
    this.toldContext = body;
    this.transactions.parts.event({
      kind: "event",
      event: "context",
      name: CONTEXT,
      body,
    });
  }
}
