import type { Position } from "../../src/core/position.ts";
import type { Dump, SourceDump } from "./dump.ts";
import type { Intensity } from "./intensity.ts";
import type { LivingServer } from "./living-server.ts";
import type { Random } from "./random.ts";

/** What an operator does to a log that is kept in files. */
export type LogDisturbance = "rotate log" | "purge log";

/** A kind of database that rounds are made on, running. */
export interface OracleEngine extends AsyncDisposable {
  /** `postgres-18`, `mysql-9`. */
  readonly name: string;
  /** What happens to a source of this kind beside what happens to every source. */
  readonly disturbances: readonly LogDisturbance[];
  /** Restores that may go on beside each other. */
  readonly atOnce: number;
  /** What a restore dies at inside the target's adapter. */
  readonly targetFailpoints: readonly string[];
  /** Whether a TRUNCATE in the midst of which the server is killed has happened whole and is in its log, or has not happened. */
  readonly truncatesWhole: boolean;
  /** An empty database to be captured; one at a time. */
  openSource(): Promise<OracleSource>;
  /** Somewhere to restore to, where nothing is yet. */
  openPlace(): Promise<RestorePlace>;
}

/** A database that is captured, on a server that dies now and then. */
export interface OracleSource {
  readonly living: LivingServer;
  /** The key of a source's URL in a configuration. */
  readonly configuredAs: "postgres" | "mysql";
  readonly url: string;
  readonly dialect: Dialect;
  /** At a position of its log, while others write. */
  dump(): Promise<SourceDump>;
  /** The same of a source that nobody writes to meanwhile: every time between is an instant that looks like this. */
  dumpStanding(): Promise<SourceDump>;
  /** Everything committed before this call ends at or before it. */
  currentPosition(): Promise<Position>;
  ddl(random: Random): DdlSession;
  /** A marker of this name, which cuts a segment. */
  mark(name: string): Promise<void>;
  /** One of the engine's disturbances. */
  disturb(what: LogDisturbance, archive: string): Promise<void>;
  /** Until the signal: the archive and the source agree on what is not needed any more. Returns how often that was looked at. */
  watch(archive: string, signal: AbortSignal): Promise<number>;
  /** What is archived is acknowledged, and the source keeps no more of its log than a little. */
  waitUntilReleased(archive: string): Promise<void>;
  /** With all that was made for it in the server. */
  drop(): Promise<void>;
}

/** How a workload writes to a kind of database. */
export interface Dialect {
  makeSchema(): Promise<void>;
  /** Before writers begin: what those before them, whose server died, have left open. */
  settle(): Promise<void>;
  /** A session of a writer, with settings of its own where it has a random of its own. */
  openWriter(keys: number, random?: Random): Promise<Writer>;
}

export interface Writer extends AsyncDisposable {
  /** One transaction as a function of the random; throws what no workload should meet. */
  write(random: Random, intensity: Intensity): Promise<Outcome>;
}

export type Outcome =
  | { readonly kind: "committed" | "rolled-back"; readonly rows: number }
  /** With the server's SQLSTATE or number. */
  | { readonly kind: "failed"; readonly code: string };

export interface DdlSession {
  /** The statements of one transaction, where DDL has any. */
  next(): readonly string[];
  /** False: something stood in its way, and nothing of it has happened. */
  run(statements: readonly string[]): Promise<boolean>;
}

/** A database, or a server, that one restore goes into. */
export interface RestorePlace {
  /** For people. */
  readonly name: string;
  readonly url: string;
  /** Whether a restore with this label in the catalog went here. */
  is(target: string): boolean;
  /** Whether anything was written. */
  isTouched(): Promise<boolean>;
  dump(): Promise<Dump>;
  drop(): Promise<void>;
}
