import type { MysqlVersion } from "../../support/mysql-binaries.ts";
import type { OracleEngine } from "../engine.ts";
export async function startMysqlEngine(
  version: MysqlVersion,
): Promise<OracleEngine> {
  throw new Error(version);
}
