import type { TableId } from "../core/shape.ts";
import { openBlock, type OpenBlock } from "../format/container-block.ts";
import type { Fold, FoldOptions, FoldSummary, SegmentBlock } from "./fold.ts";
import { freeBytes } from "../format/free-bytes.ts";
import { foldTable, type FoldedTable } from "./fold-table.ts";
import { createNetChange, type NetChange } from "./net-change.ts";
import { readSequences } from "./sequence-readings.ts";

/** A fold in this thread. */
export class LocalFold implements Fold {
  readonly tables: ReadonlySet<TableId>;
  private readonly netChange: NetChange;
  private readonly throughSeq: number;
  private readonly readingsAfterSeq: number;
  private readonly readings = new Map<string, string>();
  /** All blocks so far, one after the other. */
  private folded: Promise<void> = Promise.resolve();

  constructor(options: FoldOptions) {
    this.tables = new Set(options.tables.map(({ shape }) => shape.table));
    this.netChange = createNetChange(options);
    this.throughSeq = options.throughSeq;
    this.readingsAfterSeq = options.readingsAfterSeq;
  }

  addBlock({ block, sequences }: SegmentBlock): Promise<void> {
    // Decompressed at once in libuv's pool, folded in its turn.
    const opening = openBlock(block).finally(() => freeBytes(block.frame));
    opening.catch(() => undefined); // seen at its turn
    this.folded = this.folded.then(async () => {
      using opened = await opening;
      this.addParts(opened.parts, sequences);
    });
    return this.folded;
  }

  summary(): Promise<FoldSummary> {
    const { netChange, readings } = this;
    return Promise.resolve({ ...netChange.stats(), readings });
  }

  join(table: TableId, base: AsyncIterable<Buffer>): FoldedTable {
    return foldTable(this.netChange, table, base);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folded.catch(() => undefined); // its caller has seen it
    this.netChange[Symbol.dispose]();
  }

  private addParts(parts: OpenBlock["parts"], sequences: boolean): void {
    for (const part of parts) {
      const { seq } = part.header;
      if (seq > this.throughSeq) continue;
      if (sequences && seq > this.readingsAfterSeq)
        readSequences(part, this.readings);
      this.netChange.addPart(part);
    }
  }
}
