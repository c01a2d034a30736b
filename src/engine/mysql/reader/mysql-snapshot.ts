import type { SourceLineage } from "../../../core/database-identity.ts";
import { TidemarkError } from "../../../core/errors.ts";
import type { Position } from "../../../core/position.ts";
import {
  tableLabel,
  type TableFilter,
  type TableId,
} from "../../../core/shape.ts";
import { ConnectionPool } from "../../connection-pool.ts";
import type { MysqlDefinitions } from "../../definitions.ts";
import type { Snapshot, SnapshotTable } from "../../table-reader.ts";
import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { serverErrno } from "../errors.ts";
import { quoteQualified } from "../quote.ts";
import type { DefinedColumn } from "../values/column.ts";
import { CopySession } from "./copy-session.ts";
import { readCaptured } from "./read-captured.ts";
import {
  openSnapshotSessions,
  type SnapshotSessions,
} from "./snapshot-sessions.ts";
import { readTableFacts, type TableFacts } from "./table-facts.ts";

export interface MysqlSnapshotOptions {
  readonly address: MysqlAddress;
  readonly includes: TableFilter;
  readonly streams: number;
  readonly timeoutMs: number;
}

/** ER_TABLE_DEF_CHANGED, ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR */
const CHANGED = [1412, 1146, 1054];

export class MysqlSnapshot implements Snapshot {
  readonly identity: SourceLineage;
  readonly position: Position;
  readonly tables: readonly SnapshotTable[];
  readonly definitions: MysqlDefinitions;
  private readonly address: MysqlAddress;
  private readonly columns: ReadonlyMap<TableId, readonly DefinedColumn[]>;
  private readonly facts: ReadonlyMap<string, TableFacts>;
  private readonly sessions: SnapshotSessions;
  private readonly waiting: CopySession[];
  /** The server said of them that the snapshot's rows are not to be had any more. */
  private readonly changed = new Set<TableId>();
}
