import type { TableFilter } from "../../src/core/shape.ts";
import {
  parseSourceName,
  type SourceName,
} from "../../src/core/source-name.ts";
import { MysqlSourceAdmin } from "../../src/engine/mysql/admin/mysql-source-admin.ts";
import type { MysqlAddress } from "../../src/engine/mysql/connection.ts";
import { mysqlAddressOf } from "./mysql-address.ts";
import type { MysqlUser, TestMysql } from "./mysql-server.ts";
import { never } from "./never.ts";
import { uniqueName } from "./postgres-client.ts";

export interface MysqlSource {
  readonly source: SourceName;
  readonly address: MysqlAddress;
  readonly admin: MysqlSourceAdmin;
}

export interface MysqlSourceOptions {
  /** Root without one. */
  readonly user?: MysqlUser;
  /** The schema in the URL. */
  readonly database?: string;
  readonly includes?: TableFilter;
  readonly source?: SourceName;
}

/** A source of a name of its own, not prepared. */
export function mysqlSource(
  server: TestMysql,
  options: MysqlSourceOptions = {},
): MysqlSource {
  const source = options.source ?? parseSourceName(uniqueName("s"));
  const address = mysqlAddressOf(server.url(options.database, options.user));
  const includes = options.includes ?? (() => true);
  const admin = new MysqlSourceAdmin(source, address, includes);
  return { source, address, admin };
}

/** As `tidemark prepare` does it. */
export async function prepareMysql(
  server: TestMysql,
  options: MysqlSourceOptions = {},
): Promise<MysqlSource> {
  const made = mysqlSource(server, options);
  await made.admin.prepare(await made.admin.planPrepare(never), never);
  return made;
}
