import type { SourceName } from "../../core/source-name.ts";
import { parseArchive } from "../parse-archive.ts";

export interface InitialConfig {
  readonly source: SourceName;
  /** The environment variable with the URL. */
  readonly variable: string;
  /** The key that such a URL belongs to. */
  readonly engine: "postgres" | "mysql";
  /** A directory as it is written, or a place in S3. */
  readonly archive: string;
}

const URL_FORMS = {
  postgres:
    "postgres://user@host:5432/database. The user needs REPLICATION and SELECT;",
  mysql:
    "mysql://user@host:3306/, or with one schema as its path. The user needs REPLICATION SLAVE, REPLICATION CLIENT and SELECT;",
} as const;

/** The first tidemark.yaml of a user: the smallest that works, and what else is worth knowing as comments. */
export function initialConfig({
  source,
  variable,
  engine,
  archive,
}: InitialConfig): string {
  return `# Tidemark captures the databases under sources, keeps their history in the archive,
# and restores any of them as of any committed transaction.
# Every key: docs/configuration.md. \${NAME} is an environment variable, \${NAME:-text} has a default.

sources:
  ${source}:
    # ${URL_FORMS[engine]} \`tidemark check\` says what is missing.
    ${engine}: "\${${variable}}"
    # Where the URL has no password:
    # passwordFile: ./password
    # passwordCommand: "a command that prints the password"
    # Default: every table of the user's schemas.
    # tables: ["app.*", "!app.tmp_*"]
    # How much history may be lost with this machine.
    # rpo: 10s
    # How often a full copy is taken.
    # base: { every: 24h }
    # A host that is not this machine is verified by its certificate (verify-full).
    # tls: { mode: verify-full, ca: ./ca.pem }

# Where transactions wait, durable, until the archive has them.
journal:
  directory: ./tidemark/journal

# Where the history is kept. Best on another disk than the database's, and on another machine's; or in a bucket, with the
# login of the AWS SDK's own chain (environment, profile, role):
#   - s3: { bucket: backups, prefix: tidemark, region: eu-central-1 }
archive:
  - ${archiveEntry(archive)}

# Databases that \`tidemark restore --into NAME\` may write to.
# targets:
#   scratch:
#     postgres: "\${SCRATCH_URL}"

# Health, metrics and status of \`tidemark run\`.
# http:
#   listen: "127.0.0.1:7070"
`;
}

function archiveEntry(archive: string): string {
  if (!/^s3:\/\//i.test(archive)) {
    return `directory: ${JSON.stringify(archive)}`;
  }
  const location = parseArchive(archive);
  if (!("s3" in location)) throw new TypeError("the scheme says S3");
  const keys = Object.entries(location.s3).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const written = keys.map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}`,
  );
  return `s3: { ${written.join(", ")} }`;
}
