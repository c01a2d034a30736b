import type { TableFilter } from "../../../core/shape.ts";
import type { Snapshot, TableReader } from "../../table-reader.ts";
import type { PostgresAddress } from "../connection.ts";
import { PostgresSnapshot } from "./postgres-snapshot.ts";

export class PostgresTableReader implements TableReader {
  private readonly address: PostgresAddress;
  private readonly includes: TableFilter;

  constructor(address: PostgresAddress, includes: TableFilter) {
    this.address = address;
    this.includes = includes;
  }

  openSnapshot(
    options: { readonly streams: number; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<Snapshot> {
    return PostgresSnapshot.open(
      { address: this.address, includes: this.includes, ...options },
      signal,
    );
  }
}
