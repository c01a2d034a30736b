import type { TableFilter } from "../../../core/shape.ts";
import type { Snapshot, TableReader } from "../../table-reader.ts";
import type { MysqlAddress } from "../connection.ts";
import { MysqlSnapshot } from "./mysql-snapshot.ts";

/** Of a server, or, where the address names one, of a schema. */
export class MysqlTableReader implements TableReader {
  private readonly address: MysqlAddress;
  private readonly includes: TableFilter;

  constructor(address: MysqlAddress, includes: TableFilter) {
    const { database } = address;
    this.address = address;
    this.includes = (schema, table) =>
      (database === undefined || schema === database) &&
      includes(schema, table);
  }

  openSnapshot(
    options: { readonly streams: number; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<Snapshot> {
    return MysqlSnapshot.open(
      { address: this.address, includes: this.includes, ...options },
      signal,
    );
  }
}
