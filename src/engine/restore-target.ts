import type { DatabaseIdentity, Engine } from "../core/database-identity.ts";
import type { Shape, TableId } from "../core/shape.ts";
import type { Definitions, SchemaPhase } from "./definitions.ts";

export interface TargetTable {
  readonly table: TableId;
  readonly namespace: string;
  readonly name: string;
  readonly shape: Shape;
}

/** What a restore finds before it writes anything. */
export interface TargetState {
  readonly database: string;
  readonly exists: boolean;
  /** No object of a user's, or only those of an unfinished restore. */
  readonly empty: boolean;
  readonly engine: Engine;
  readonly serverVersion: string;
  /** To recognise a target that is a source; undefined: nothing is there yet. */
  readonly identity: DatabaseIdentity | undefined;
  /** Of the restore that stands here: unfinished, or finished without having said so. */
  readonly planHash: string | undefined;
}

/** What stands in the target's ledger. */
export interface BegunRestore {
  readonly done: ReadonlySet<string>;
  /** Of a restore that is finished. */
  readonly report: string | undefined;
}

/** Rows and the order-independent digest of a table's rows, see format/row-digest.ts. */
export interface TableDigest {
  readonly rows: number;
  readonly digest: string;
}

/** One sequence and the value that it must not be behind. */
export interface SequenceValue {
  readonly namespace: string;
  readonly name: string;
  readonly increment: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
  readonly columns: readonly {
    readonly namespace: string;
    readonly table: string;
    readonly column: string;
  }[];
}

export interface RestoreTarget extends AsyncDisposable {
  /** For people, without a password. */
  readonly label: string;
  /** The name in `done` of a table's load. */
  loadStep(table: TableId): string;
  inspect(signal: AbortSignal): Promise<TargetState>;
  /**
   * Creates the database if there is none, takes hold of it until this target is disposed of, ends what a restore that was
   * killed has left at work there, then writes the ledger with the plan's hash: the first write. With the same hash already
   * there this is a resumption: `done` names the steps that need not be repeated, and `report` is what `complete` was given,
   * if it came to that. Throws TARGET_BUSY while another restore has hold of it, TARGET_NOT_EMPTY.
   */
  begin(
    plan: { readonly planHash: string; readonly definitions: Definitions },
    signal: AbortSignal,
  ): Promise<BegunRestore>;
  /** Runs the objects of one phase; resumable. Returns what could not be made, or not as it was, in an earlier run too: one line each. */
  runSchema(
    work: {
      readonly definitions: Definitions;
      readonly phase: SchemaPhase;
      readonly streams: number;
      readonly onProgress: (done: number, of: number) => void;
    },
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Loads a whole table in one transaction that also records it as done. Chunks may end anywhere inside a row. */
  load(
    table: TargetTable,
    rows: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Reads the table back and digests it. */
  digest(table: TargetTable, signal: AbortSignal): Promise<TableDigest>;
  finishSequences(
    sequences: readonly SequenceValue[],
    signal: AbortSignal,
  ): Promise<void>;
  /** ANALYZE, then the report into the ledger: from here on the restore is finished, and everything of it durable. */
  complete(report: string, signal: AbortSignal): Promise<void>;
  /** Drops the ledger, once the report was given to whoever asked for it: the last write. */
  dropLedger(signal: AbortSignal): Promise<void>;
}
