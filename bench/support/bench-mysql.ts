import {
  startMysqlServer,
  type TestMysql,
} from "../../test/support/mysql-server.ts";

/** No waiting for a disk, whoever writes: what a disk takes is not what is compared. */
export function startBenchMysql(): Promise<TestMysql> {
  return startMysqlServer("mysql-9", {
    settings: {
      "sync-binlog": 0,
      "innodb-flush-log-at-trx-commit": 0,
      "innodb-buffer-pool-size": "512M",
      "innodb-redo-log-capacity": "1G",
    },
  });
}

/** The newest file of its log. */
export async function lastLogFile(server: TestMysql): Promise<string> {
  const files = await server.query<{ Log_name: string }>("SHOW BINARY LOGS");
  return files.at(-1)?.Log_name ?? "";
}
