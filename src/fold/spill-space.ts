import { join } from "node:path";
import { threadId } from "node:worker_threads";
import type { MemoryBudget } from "./memory-budget.ts";
import { SpillFile } from "./spill-file.ts";

/** Makes the names of spill files unique in this thread. */
let opened = 0;

/** Where what is spilled goes, and the memory that it may take. */
export class SpillSpace implements Disposable {
  readonly budget: MemoryBudget;
  /** That may be spilled. */
  readonly tables: number;
  /** What tables write while changes are read. */
  readonly file: SpillFile;
  private readonly folder: string;
  private readonly files = new Set<SpillFile>();
  private closedBytes = 0;
  /** Partitions that did not fit into memory and were split. */
  splits = 0;

  constructor(of: {
    readonly folder: string;
    readonly budget: MemoryBudget;
    readonly tables: number;
  }) {
    this.folder = of.folder;
    this.budget = of.budget;
    this.tables = of.tables;
    this.file = this.open();
  }

  /** All that was ever written. */
  get writtenBytes(): number {
    let bytes = this.closedBytes;
    for (const file of this.files) bytes += file.writtenBytes;
    return bytes;
  }

  open(): SpillFile {
    const name = `fold-${process.pid}-${threadId}-${opened++}.spill`;
    const file = new SpillFile(join(this.folder, name));
    this.files.add(file);
    return file;
  }

  /** The disk has its room back at once. */
  close(file: SpillFile): void {
    this.closedBytes += file.writtenBytes;
    this.files.delete(file);
    file[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const file of this.files) this.close(file);
  }
}
