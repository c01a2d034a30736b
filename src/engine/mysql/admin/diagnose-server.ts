import type { Problem } from "../../source-admin.ts";
import { KEPT_DAYS, mendLogBin, mendRetention, mendSetting } from "./mend.ts";
import { error, warning } from "./problem.ts";
import type { SourceFacts } from "./source-facts.ts";

const OLDEST = { mysql: [8, 0], mariadb: [10, 5] } as const;
const NEWEST_MAJOR = { mysql: 9, mariadb: 12 } as const;

/** What a setting has to be, why, and whether it can be changed while the server runs. */
const REQUIRED: readonly {
  readonly name: string;
  readonly value: string;
  readonly why: string;
  readonly severity: Problem["severity"];
}[] = [
  {
    name: "binlog_format",
    value: "ROW",
    why: "statements do not say which rows they changed",
    severity: "error",
  },
  {
    name: "binlog_row_image",
    value: "FULL",
    why: "rows lack columns",
    severity: "error",
  },
  {
    name: "binlog_row_metadata",
    value: "FULL",
    why: "the log does not say what its columns are",
    severity: "error",
  },
  {
    name: "binlog_row_value_options",
    value: "",
    why: "changed JSON is not in the log as a whole",
    severity: "error",
  },
  {
    name: "sync_binlog",
    value: "1",
    why: "a server that crashes forgets transactions that were archived, and gives their numbers to others",
    severity: "error",
  },
  {
    name: "innodb_flush_log_at_trx_commit",
    value: "1",
    why: "a server that crashes lacks transactions that its log has",
    severity: "error",
  },
  {
    name: "gtid_mode",
    value: "ON",
    why: "without numbers of transactions a place in the log is one of this server's files alone",
    severity: "warning",
  },
  {
    name: "enforce_gtid_consistency",
    value: "ON",
    why: "gtid_mode = ON needs it",
    severity: "warning",
  },
  {
    name: "gtid_strict_mode",
    value: "ON",
    why: "somebody may write numbers of transactions out of order",
    severity: "warning",
  },
];

const FILTERS = ["binlog_do_db", "binlog_ignore_db"];

const DAY_S = 86_400;
const SHORT_DAYS = 3;

export function* diagnoseServer(facts: SourceFacts): Generator<Problem> {
  yield* diagnoseVersion(facts);
  const value = (name: string) => facts.variables.get(name);
  if (value("log_bin") !== "ON") {
    yield {
      ...error(
        "log-bin",
        "log_bin is OFF: the server keeps no log of its changes",
        mendLogBin(facts),
      ),
      needsRestart: true,
    };
  }
  for (const { name, value: wanted, why, severity } of REQUIRED) {
    const found = value(name);
    if (found === undefined || found === wanted) continue;
    // gtid_mode goes from OFF to ON by two steps between.
    yield {
      severity,
      code: name.replaceAll("_", "-"),
      message: `${name} is ${found === "" ? "empty" : found}: ${why}`,
      mend:
        name === "gtid_mode" && facts.provider === "self"
          ? "SET PERSIST enforce_gtid_consistency = ON; SET PERSIST gtid_mode = OFF_PERMISSIVE; SET PERSIST gtid_mode = ON_PERMISSIVE; SET PERSIST gtid_mode = ON;"
          : mendSetting(facts, { name, value: wanted, needsRestart: false }),
      needsRestart: false,
    };
  }
  if (value("binlog_row_metadata") === undefined) {
    yield error(
      "binlog-row-metadata",
      "this server knows no binlog_row_metadata: its log does not say what its columns are",
      "upgrade to MySQL 8.0 or MariaDB 10.5",
    );
  }
  if (value("server_id") === "0") {
    yield error(
      "server-id",
      "server_id is 0: the server sends its log to nobody",
      mendSetting(facts, {
        ...{ name: "server_id", value: "1", needsRestart: false },
      }),
    );
  }
  if (facts.isReplica && !writesWhatItReplicates(facts)) {
    const name =
      value("log_replica_updates") === undefined
        ? "log_slave_updates"
        : "log_replica_updates";
    yield {
      ...error(
        "log-replica-updates",
        `this server is a replica and ${name} is OFF: what it replicates is not in its log`,
        mendSetting(facts, { name, value: "ON", needsRestart: true }),
      ),
      needsRestart: true,
    };
  }
  if (value("lower_case_table_names") === "2") {
    yield error(
      "lower-case-table-names",
      "lower_case_table_names is 2: tables have other names in the log than in the catalog",
      "use a server on a file system that tells upper from lower case, or lower_case_table_names = 1 from its start",
    );
  }
  yield* diagnoseRetention(facts);
}

function* diagnoseVersion({
  flavour,
  version,
}: SourceFacts): Generator<Problem> {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldMajor, oldMinor] = OLDEST[flavour];
  const isOld = major < oldMajor || (major === oldMajor && minor < oldMinor);
  if (isOld || major > NEWEST_MAJOR[flavour]) {
    yield error(
      "version",
      `this server is ${flavour === "mysql" ? "MySQL" : "MariaDB"} ${version}`,
      "use MySQL 8.0 to 9.x or MariaDB 10.5 to 12.x",
    );
  }
}

function writesWhatItReplicates({ variables }: SourceFacts): boolean {
  return (
    variables.get("log_replica_updates") === "ON" ||
    variables.get("log_slave_updates") === "ON"
  );
}

/** Whoever set a filter did it when the server started. */
export function* diagnoseFilters(
  settings: ReadonlyMap<string, string>,
): Generator<Problem> {
  for (const name of FILTERS) {
    const found = settings.get(name) ?? "";
    if (found === "") continue;
    yield {
      ...error(
        name.replaceAll("_", "-"),
        `${name} is ${found}: changes are kept out of the log, and which they are depends on USE`,
        `take ${name.replaceAll("_", "-")} out of the server's options; then restart it`,
      ),
      needsRestart: true,
    };
  }
}

/** A stopped capture is to find its log again. */
function* diagnoseRetention(facts: SourceFacts): Generator<Problem> {
  const seconds = retentionSeconds(facts);
  if (seconds === undefined || seconds >= SHORT_DAYS * DAY_S) return;
  const isTooShort = seconds < DAY_S;
  const report = isTooShort ? error : warning;
  yield report(
    "binlog-retention",
    seconds === 0
      ? "the server drops its log as soon as nobody reads it"
      : `the server keeps its log for ${Math.round(seconds / 3600)} h: a capture that stands still for longer loses history`,
    `${mendRetention(facts)} -- ${KEPT_DAYS} days`,
  );
}

/** undefined: for ever, or that cannot be seen. */
function retentionSeconds(facts: SourceFacts): number | undefined {
  if (facts.rdsRetentionHours !== undefined)
    return (facts.rdsRetentionHours ?? 0) * 3600;
  const number = (name: string) => Number(facts.variables.get(name) ?? 0);
  if (facts.variables.get("binlog_expire_logs_auto_purge") === "OFF")
    return undefined;
  const seconds =
    number("binlog_expire_logs_seconds") || number("expire_logs_days") * DAY_S;
  return seconds === 0 ? undefined : seconds;
}
