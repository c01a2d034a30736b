import { hostname } from "node:os";
import type { Catalog } from "../archive/catalog.ts";
import type {
  ArchiveLocation,
  Config,
  SourceConfig,
} from "../config/config.ts";
import type { DatabaseLogin } from "../config/database-login.ts";
import { findSource } from "../config/select-sources.ts";
import type { SourceName } from "../core/source-name.ts";
import type { ChangeSource } from "../engine/change-source.ts";
import type { PlanMapping } from "../engine/mapping.ts";
import type { RestoreTarget } from "../engine/restore-target.ts";
import type { SourceAdmin } from "../engine/source-admin.ts";
import type { TableReader } from "../engine/table-reader.ts";
import type { JournalProblem } from "../journal/journal-problem.ts";
import type { Journal } from "../journal/journal.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { StoreProblem } from "../storage/store-problem.ts";
import type { CommandContext } from "./context.ts";
import type { MysqlSession } from "./demo/mysql-session.ts";
import type { SqlSession } from "./demo/sql-session.ts";

/*
 * The only file that names adapters. Each is imported when a command asks for it, so that `--help` loads none.
 */

export async function openSourceAdmin(
  source: SourceConfig,
): Promise<SourceAdmin> {
  const { database: login, name } = source;
  switch (login.engine) {
    case "postgres": {
      const { PostgresSourceAdmin } =
        await import("../engine/postgres/admin/postgres-source-admin.ts");
      const { databaseAddress } = await import("./database-address.ts");
      return new PostgresSourceAdmin(name, databaseAddress(login));
    }
    case "mysql": {
      const { MysqlSourceAdmin } =
        await import("../engine/mysql/admin/mysql-source-admin.ts");
      const { mysqlAddress } = await import("./database-address.ts");
      return new MysqlSourceAdmin(name, mysqlAddress(login), includes(source));
    }
  }
}

export async function openTableReader(
  source: SourceConfig,
): Promise<TableReader> {
  const { database: login } = source;
  switch (login.engine) {
    case "postgres": {
      const { PostgresTableReader } =
        await import("../engine/postgres/reader/postgres-table-reader.ts");
      const { databaseAddress } = await import("./database-address.ts");
      return new PostgresTableReader(databaseAddress(login), includes(source));
    }
    case "mysql": {
      const { MysqlTableReader } =
        await import("../engine/mysql/reader/mysql-table-reader.ts");
      const { mysqlAddress } = await import("./database-address.ts");
      return new MysqlTableReader(mysqlAddress(login), includes(source));
    }
  }
}

/** A change source is read once, so capture makes one per start; it may keep what it needs meanwhile in the folder. */
export async function changeSourceFactory(
  source: SourceConfig,
): Promise<(workFolder: string) => ChangeSource> {
  const { database: login } = source;
  const of = { source: source.name, includes: includes(source) };
  const { tables } = source;
  switch (login.engine) {
    case "postgres": {
      const { PostgresChangeSource } =
        await import("../engine/postgres/source/postgres-change-source.ts");
      const { databaseAddress } = await import("./database-address.ts");
      const address = databaseAddress(login);
      return () => new PostgresChangeSource({ ...of, address });
    }
    case "mysql": {
      const { MysqlChangeSource } =
        await import("../engine/mysql/source/mysql-change-source.ts");
      const { mysqlAddress } = await import("./database-address.ts");
      const address = mysqlAddress(login);
      return (workFolder) =>
        new MysqlChangeSource({
          ...{ ...of, address, workFolder },
          includesSchema: (schema) =>
            (login.database === "" || login.database === schema) &&
            tables.selectsIn(schema),
        });
    }
  }
}

export async function openRestoreTarget(
  login: DatabaseLogin,
): Promise<RestoreTarget> {
  switch (login.engine) {
    case "postgres": {
      const { PostgresRestoreTarget } =
        await import("../engine/postgres/target/postgres-restore-target.ts");
      const { databaseAddress } = await import("./database-address.ts");
      return new PostgresRestoreTarget(databaseAddress(login));
    }
    case "mysql": {
      const { MysqlRestoreTarget } =
        await import("../engine/mysql/target/mysql-restore-target.ts");
      const { mysqlAddress } = await import("./database-address.ts");
      return new MysqlRestoreTarget(mysqlAddress(login));
    }
  }
}

export async function openMapping(): Promise<PlanMapping> {
  const { planMapping } = await import("../engine/mapping/plan-mapping.ts");
  return planMapping;
}

export async function openJournal(
  config: Config,
  context: CommandContext,
): Promise<Journal> {
  const { journal } = config;
  const { logger } = context;
  if ("kafka" in journal) {
    const { KafkaJournal } = await import("../journal/kafka/kafka-journal.ts");
    const { kafkaOptions } = await import("./kafka-options.ts");
    return new KafkaJournal(kafkaOptions(journal.kafka, logger));
  }
  const { openDirectoryJournal } =
    await import("../journal/directory/directory-journal.ts");
  return openDirectoryJournal({ directory: journal.directory, logger });
}

export async function openStore(
  location: ArchiveLocation,
): Promise<ObjectStore> {
  if ("s3" in location) {
    const { openS3Store } = await import("../storage/s3/s3-store.ts");
    return openS3Store(location.s3);
  }
  const { openDirectoryStore } =
    await import("../storage/directory/directory-store.ts");
  return openDirectoryStore({ directory: location.directory });
}

/** Where `run` would keep its journal: throws what opening it would, as far as looking shows it, and makes nothing. */
export async function examineJournal(
  { journal, sources }: Config,
  context: CommandContext,
): Promise<readonly JournalProblem[]> {
  if ("kafka" in journal) {
    const { examineKafka } = await import("../journal/kafka/examine-kafka.ts");
    const { kafkaOptions } = await import("./kafka-options.ts");
    const options = kafkaOptions(journal.kafka, context.logger);
    return examineKafka(options, [...sources.keys()], context.signal);
  }
  const { examineJournalDirectory } =
    await import("../journal/directory/examine-directory.ts");
  await examineJournalDirectory(journal.directory);
  return [];
}

/** Where `run` would keep its archive: throws what writing there would, as far as looking shows it, and makes nothing. */
export async function examineStore(
  location: ArchiveLocation,
  signal: AbortSignal,
): Promise<readonly StoreProblem[]> {
  if ("s3" in location) {
    const { examineBucket } = await import("../storage/s3/examine-bucket.ts");
    return examineBucket(location.s3, signal);
  }
  const { examineStoreDirectory } =
    await import("../storage/directory/examine-directory.ts");
  await examineStoreDirectory(location.directory);
  return [];
}

/** The catalog of one source, read; empty where no archive has begun. */
export async function openSourceCatalog(
  store: ObjectStore,
  source: SourceName,
  context: CommandContext,
): Promise<Catalog> {
  const { openCatalog } = await import("../archive/catalog.ts");
  return openCatalog(
    { store, source, ...catalogIdentity(context) },
    context.signal,
  );
}

/** What a catalog's entries say of who wrote them. */
export function catalogIdentity(context: CommandContext) {
  return {
    clock: context.clock,
    logger: context.logger,
    by: `tidemark/${context.version} ${hostname()}`,
  };
}

function includes({ database: login, tables }: SourceConfig) {
  // Of a MySQL server the one schema that is meant, or all.
  const schema = login.engine === "mysql" ? login.database : "";
  return (namespace: string, name: string) =>
    (schema === "" || schema === namespace) &&
    tables.selects({ namespace, name });
}

export interface OpenedArchive extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
}

/** The archive of a source: of `--archive`, which needs no configuration, or of the configuration. Throws NOT_FOUND. */
export async function openArchive(
  source: SourceName,
  location: ArchiveLocation | undefined,
  context: CommandContext,
): Promise<OpenedArchive> {
  const config = location === undefined ? await context.config() : undefined;
  if (config !== undefined) findSource(config, source);
  const store = await openStore(location ?? (config as Config).archive);
  try {
    const catalog = await openSourceCatalog(store, source, context);
    // Throws where no archive has begun.
    void catalog.state;
    return {
      store,
      catalog,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Plain SQL, for the demo's services. */
export async function openMysqlSession(
  login: DatabaseLogin,
  signal: AbortSignal,
): Promise<MysqlSession> {
  const { MysqlConnection } = await import("../engine/mysql/connection.ts");
  const { databaseAddress } = await import("./database-address.ts");
  return MysqlConnection.open(databaseAddress(login), { name: "demo" }, signal);
}

/** Plain SQL, for the demo's services. */
export async function openSqlSession(
  login: DatabaseLogin,
  signal: AbortSignal,
): Promise<SqlSession> {
  const { PostgresConnection } =
    await import("../engine/postgres/connection.ts");
  const { databaseAddress } = await import("./database-address.ts");
  return PostgresConnection.open(
    databaseAddress(login),
    { name: "demo", settings: { search_path: "public" } },
    signal,
  );
}
