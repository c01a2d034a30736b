import type { TableId } from "../core/shape.ts";
import type { StoredBlock } from "../format/container-block.ts";
import type { FoldedTable } from "./fold-table.ts";
import type { NetChangeStats } from "./net-change.ts";
import type { SequenceReadings } from "./sequence-readings.ts";
import type { TableWindow } from "./table-change.ts";

export interface FoldOptions {
  /** Changes of other tables are passed over. */
  readonly tables: readonly TableWindow[];
  readonly memoryBytes: number;
  /** Where to put what does not fit into memory. */
  readonly workFolder: string;
  /** Later transactions are passed over. */
  readonly throughSeq: number;
  /** Readings of sequences count behind this: up to it the definitions say what they were, and what they were called. */
  readonly readingsAfterSeq: number;
}

export interface FoldSummary extends NetChangeStats {
  readonly readings: SequenceReadings;
}

export interface SegmentBlock {
  /** Its frame, whose buffer holds nothing else, is given away. */
  readonly block: StoredBlock;
  /** It may hold readings of sequences, and this fold is the one that keeps them. */
  readonly sequences: boolean;
}

/** The net change of some tables, which a thread of its own or this one computes, and then their rows. */
export interface Fold extends AsyncDisposable {
  readonly tables: ReadonlySet<TableId>;
  /**
   * Blocks of segments, the newest first; some may be given before the first is folded. Rejects, and so do all that follow:
   * ARCHIVE_DAMAGED, ARCHIVE_GAP, MEMORY, DISK_FULL.
   */
  addBlock(segmentBlock: SegmentBlock): Promise<void>;
  /** After the last block. */
  summary(): Promise<FoldSummary>;
  /** base ⊕ changes, after the last block; each table once. */
  join(table: TableId, base: AsyncIterable<Buffer>): FoldedTable;
}
