import type { Catalog } from "../archive/catalog.ts";
import type { TableBase } from "../archive/manifest.ts";
import type { SourceName } from "../core/source-name.ts";
import type { SourceAdmin } from "../engine/source-admin.ts";
import type { TableReader } from "../engine/table-reader.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { BaseScope } from "./plan-base.ts";

export interface TakeBaseOptions {
  readonly source: SourceName;
  readonly incarnation: number;
  readonly catalog: Catalog;
  readonly store: ObjectStore;
  readonly reader: TableReader;
  /** The patterns of `tables:`, by which `reader` selects; none: every table. */
  readonly tables: readonly string[];
  readonly admin: SourceAdmin;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly workFolder: string;
  readonly scope: BaseScope;
  readonly streams: number;
  readonly onProgress?: (progress: BaseProgress) => void;
}

export interface BaseProgress {
  readonly bytes: number;
  readonly ofBytes: number;
  readonly table: string;
}

/** One base in the making. */
export interface BaseWork extends TakeBaseOptions {
  readonly base: string;
  /** Before and after what may take long: without it the sweep takes this base for one that was given up. */
  readonly keepIntent: (signal: AbortSignal) => Promise<void>;
  /** For spools; goes with the work. */
  readonly folder: string;
}

/** A whole copy of a table; whether it stands is known once the archive has passed its end. */
export interface TableCopy {
  readonly format: 1;
  readonly table: TableBase;
  /** Where the source's log stood when the COPY had ended. */
  readonly endPosition: string;
}
