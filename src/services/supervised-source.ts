import type { TableReader } from "../engine/table-reader.ts";
import type { Clock } from "../platform/clock.ts";
import type { SourceRuntime } from "./run-source.ts";
import type { SourceState } from "./source-state.ts";

/** All that one source needs to be kept: captured, archived, based, tended. */
export interface SupervisedSource extends Omit<SourceRuntime, "catalog"> {
  readonly reader: TableReader;
  readonly clock: Clock;
  /** For the catalog: `tidemark/0.1.0 host-a`. */
  readonly by: string;
  readonly baseEveryMs: number;
  readonly onState: (state: SourceState) => void;
}
