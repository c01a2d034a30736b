import type { SourceName } from "../core/source-name.ts";
import type { DatabaseLogin } from "./database-login.ts";
import type { KafkaLocation } from "./kafka-location.ts";
import type { S3Location } from "./s3-location.ts";
import type { TableFilter } from "./table-filter.ts";

/** tidemark.yaml, understood: paths absolute, durations in milliseconds, secrets behind functions. */
export interface Config {
  /** The file it was read from. */
  readonly path: string;
  readonly sources: ReadonlyMap<SourceName, SourceConfig>;
  readonly journal: JournalLocation;
  /** On this machine, for what is put together there and lost with it. */
  readonly workDirectory: string;
  readonly archive: ArchiveLocation;
  readonly targets: ReadonlyMap<string, DatabaseLogin>;
  readonly http: HttpConfig;
}

export interface SourceConfig {
  readonly name: SourceName;
  readonly database: DatabaseLogin;
  readonly tables: TableFilter;
  /** How much history may be lost with the host: a segment is cut at least this often. */
  readonly rpoMs: number;
  readonly baseEveryMs: number;
}

export type JournalLocation =
  { readonly directory: string } | { readonly kafka: KafkaLocation };

export type ArchiveLocation =
  { readonly directory: string } | { readonly s3: S3Location };

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** What a caller must present off loopback; read anew at each call. undefined: there is none, and such callers are refused. */
  token(): Promise<string | undefined>;
}
