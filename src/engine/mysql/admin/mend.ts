import type { SourceFacts } from "./source-facts.ts";

/** The server's, by `SET GLOBAL` or only at its start. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly needsRestart: boolean;
}

/** How to change a setting, in the words of whoever runs the server. */
export function mendSetting(
  { flavour, provider }: Pick<SourceFacts, "flavour" | "provider">,
  { name, value, needsRestart }: Setting,
): string {
  const then = needsRestart ? "; then restart the server" : "";
  switch (provider) {
    case "rds":
      return `aws rds modify-db-parameter-group --db-parameter-group-name … --parameters "ParameterName=${name},ParameterValue=${value},ApplyMethod=${needsRestart ? "pending-reboot" : "immediate"}"${needsRestart ? "; then reboot the instance" : ""}`;
    case "aurora":
      return `aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name … --parameters "ParameterName=${name},ParameterValue=${value},ApplyMethod=pending-reboot"; then reboot the writer`;
    case "cloudsql":
      return `gcloud sql instances patch … --database-flags=${name}=${value} (with every other flag that is set: the list is replaced)`;
    case "azure":
      return `az mysql flexible-server parameter set --resource-group … --server-name … --name ${name} --value ${value}${then}`;
    case "self":
      if (needsRestart) return `[mysqld] ${name} = ${value}${then}`;
      return flavour === "mysql"
        ? `SET PERSIST ${name} = ${literal(value)};`
        : `SET GLOBAL ${name} = ${literal(value)}; -- and under [mysqld] in the server's option file: ${name} = ${value}`;
  }
}

/** Without a binlog there is nothing to capture: managed services make one for something else. */
export function mendLogBin(
  facts: Pick<SourceFacts, "flavour" | "provider">,
): string {
  switch (facts.provider) {
    case "rds":
      return "aws rds modify-db-instance --db-instance-identifier … --backup-retention-period 7 (automated backups bring the binlog)";
    case "aurora":
      return mendSetting(facts, {
        name: "binlog_format",
        value: "ROW",
        needsRestart: true,
      });
    case "cloudsql":
      return "gcloud sql instances patch … --enable-bin-log";
    case "azure":
    case "self":
      return mendSetting(facts, {
        name: "log_bin",
        value: "binlog",
        needsRestart: true,
      });
  }
}

export const KEPT_DAYS = 7;

export function mendRetention(
  facts: Pick<SourceFacts, "flavour" | "provider">,
): string {
  if (facts.provider === "rds" || facts.provider === "aurora")
    return `CALL mysql.rds_set_configuration('binlog retention hours', ${KEPT_DAYS * 24});`;
  if (facts.provider === "cloudsql")
    return `gcloud sql instances patch … --retained-transaction-log-days=${KEPT_DAYS}`;
  const [name, value] =
    facts.flavour === "mysql"
      ? ["binlog_expire_logs_seconds", KEPT_DAYS * 86_400]
      : ["expire_logs_days", KEPT_DAYS];
  return mendSetting(facts, {
    ...{ name, value: String(value), needsRestart: false },
  });
}

function literal(value: string): string {
  return /^[0-9]+$/.test(value) ? value : `'${value}'`;
}
