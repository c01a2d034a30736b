import type { SourceName } from "../../src/core/source-name.ts";
import type { ChangeSource } from "../../src/engine/change-source.ts";
import { MysqlSourceAdmin } from "../../src/engine/mysql/admin/mysql-source-admin.ts";
import { MysqlTableReader } from "../../src/engine/mysql/reader/mysql-table-reader.ts";
import { MysqlChangeSource } from "../../src/engine/mysql/source/mysql-change-source.ts";
import { MysqlRestoreTarget } from "../../src/engine/mysql/target/mysql-restore-target.ts";
import { PostgresSourceAdmin } from "../../src/engine/postgres/admin/postgres-source-admin.ts";
import { PostgresTableReader } from "../../src/engine/postgres/reader/postgres-table-reader.ts";
import { PostgresChangeSource } from "../../src/engine/postgres/source/postgres-change-source.ts";
import { PostgresRestoreTarget } from "../../src/engine/postgres/target/postgres-restore-target.ts";
import type { RestoreTarget } from "../../src/engine/restore-target.ts";
import type { SourceAdmin } from "../../src/engine/source-admin.ts";
import type { TableReader } from "../../src/engine/table-reader.ts";
import { mysqlAddressOf } from "../../test/support/mysql-address.ts";
import { addressOf } from "../../test/support/postgres-source.ts";

export interface EngineParts {
  readonly admin: SourceAdmin;
  readonly reader: TableReader;
  readonly openChanges: (workFolder: string) => ChangeSource;
}

/** All tables of the database that the URL names, as `tidemark run` would capture them. */
export function enginePartsOf(source: SourceName, url: string): EngineParts {
  if (isMysql(url)) {
    const address = mysqlAddressOf(url);
    const includesSchema = (schema: string) => schema === address.database;
    return {
      admin: new MysqlSourceAdmin(source, address, includesSchema),
      reader: new MysqlTableReader(address, includesSchema),
      openChanges: (workFolder) =>
        new MysqlChangeSource({
          ...{ source, address, workFolder },
          ...{ includes: includesSchema, includesSchema },
        }),
    };
  }
  const address = addressOf(url);
  const includes = () => true;
  return {
    admin: new PostgresSourceAdmin(source, address),
    reader: new PostgresTableReader(address, includes),
    openChanges: () => new PostgresChangeSource({ source, address, includes }),
  };
}

export function openTarget(url: string): RestoreTarget {
  return isMysql(url)
    ? new MysqlRestoreTarget(mysqlAddressOf(url))
    : new PostgresRestoreTarget(addressOf(url));
}

function isMysql(url: string): boolean {
  return url.startsWith("mysql:");
}
