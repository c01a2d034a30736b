import { expect, test } from "vitest";
import {
  mendLogBin,
  mendRetention,
  mendSetting,
} from "../../../../../src/engine/mysql/admin/mend.ts";
import type { Provider } from "../../../../../src/engine/mysql/admin/source-facts.ts";

const of = (provider: Provider) => ({ flavour: "mysql", provider }) as const;
const FULL = {
  name: "binlog_row_metadata",
  value: "FULL",
  needsRestart: false,
};

test("says how a setting is changed in the words of whoever runs the server", () => {
  expect(mendSetting(of("self"), FULL)).toBe(
    "SET PERSIST binlog_row_metadata = 'FULL';",
  );
  expect(mendSetting({ flavour: "mariadb", provider: "self" }, FULL)).toBe(
    "SET GLOBAL binlog_row_metadata = 'FULL'; -- and under [mysqld] in the server's option file: binlog_row_metadata = FULL",
  );
  expect(mendSetting(of("rds"), FULL)).toContain("modify-db-parameter-group");
  expect(mendSetting(of("aurora"), FULL)).toContain(
    "modify-db-cluster-parameter-group",
  );
  expect(mendSetting(of("cloudsql"), FULL)).toContain(
    "--database-flags=binlog_row_metadata=FULL",
  );
  expect(mendSetting(of("azure"), FULL)).toContain(
    "--name binlog_row_metadata --value FULL",
  );
});

test("and how it keeps its log, and for how long", () => {
  expect(mendLogBin(of("rds"))).toContain("--backup-retention-period");
  expect(mendLogBin(of("cloudsql"))).toContain("--enable-bin-log");
  expect(mendRetention(of("aurora"))).toBe(
    "CALL mysql.rds_set_configuration('binlog retention hours', 168);",
  );
  expect(mendRetention(of("self"))).toBe(
    "SET PERSIST binlog_expire_logs_seconds = 604800;",
  );
});
