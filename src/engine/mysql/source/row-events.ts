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
import { logRows } from "./log-row.ts";
import { RowChanges } from "./row-changes.ts";
import { contextOf } from "./statement-context.ts";
import type { CapturedTable, StreamTables } from "./stream-tables.ts";
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
    const table = this.tables.table(header.tableId);
    if (table.kind === "ignored") return ends;
    if (form.isCompressed)
      event.replaceContent(readCompressed(event.rest()), event.type);
    if (table.kind === "log") {
      if (form.kind === "insert") {
        for (const row of logRows(table, event))
          this.transactions.parts.event(row);
      }
      return ends;
    }
    this.check(table);
    if (this.context !== undefined) this.tellContext(this.context);
    this.changes[form.kind](table, event);
    return ends;
  }

  private check(table: CapturedTable): void {
    const { columns, complete } = this.header;
    if (columns !== table.width)
      throw new RangeError(
        `rows of ${columns} columns in ${tableLabel(table.shape)}, which has ${table.width}`,
      );
    if (complete) return;
    throw new TidemarkError(
      "SOURCE_UNREADABLE",
      `the log has rows of ${tableLabel(table.shape)} without some of their columns`,
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
