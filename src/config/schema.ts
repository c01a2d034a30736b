import { z } from "zod";
import { TidemarkError } from "../core/errors.ts";
import { isSourceName } from "../core/source-name.ts";
import { parseDuration } from "./duration.ts";
import { parseListen } from "./listen.ts";
import { parseMysqlUrl } from "./mysql-url.ts";
import { parsePostgresUrl } from "./postgres-url.ts";
import {
  parseBucket,
  parseEndpoint,
  parsePrefix,
  parseRegion,
  STORAGE_CLASSES,
} from "./s3-location.ts";
import { kafka } from "./kafka-schema.ts";
import { asWritten, file, text, tls } from "./schema-words.ts";
import { checkTablePattern } from "./table-filter.ts";

function duration(least: string, most: string) {
  return (value: string): number => {
    const ms = parseDuration(value);
    if (ms < parseDuration(least) || ms > parseDuration(most)) {
      throw new TidemarkError("USAGE", `must be from ${least} to ${most}`);
    }
    return ms;
  };
}

/** Where a database is and how to log in to it: the same for sources and targets. */
const login = {
  postgres: text(parsePostgresUrl, {
    description:
      "A Postgres database. A password belongs in the variable that the URL comes from, in `passwordFile` or in `passwordCommand`. Either this or `mysql`.",
    form: "a URL, `postgres://user@host:5432/database`",
    example: '"${ORDERS_URL}"',
  }).optional(),
  mysql: text(parseMysqlUrl, {
    description:
      "A server of MySQL or MariaDB: all its schemas, or the one in the URL's path. For passwords see `postgres`.",
    form: "a URL, `mysql://user@host:3306/` or `mysql://user@host:3306/schema`",
    example: '"${PAYMENTS_URL}"',
  }).optional(),
  passwordFile: file(
    "A file with the password on one line, read at each connection.",
  ),
  passwordCommand: text(asWritten, {
    description:
      "A shell command that prints the password, run at each connection: for tokens that expire. It has 30 s.",
    form: "a command",
    example: '"aws rds generate-db-auth-token …"',
  }).optional(),
  tls,
};

/** Exactly one database. */
function oneDatabase(
  value: { readonly postgres?: unknown; readonly mysql?: unknown },
  context: z.core.$RefinementCtx,
): void {
  const problem = (message: string, path: string[]) =>
    context.addIssue({ code: "custom", message, path });
  if (value.postgres === undefined && value.mysql === undefined)
    problem('expected postgres: "…" or mysql: "…"', []);
  if (value.postgres !== undefined && value.mysql !== undefined)
    problem("there is a postgres too: keep one of them", ["mysql"]);
}

const source = z
  .strictObject({
    ...login,
    tables: z
      .array(
        text(checkTablePattern, {
          description: "Tables to take or to leave out.",
          form: "a pattern: schema.table",
        }),
        { error: "expected a list of patterns" },
      )
      .min(1, { error: "is empty; leave it out to capture every table" })
      .optional()
      .meta({
        description:
          "Which tables are captured. A history keeps the selection that it was begun with: `run` and `base` refuse another one.",
        form: "a list of `schema.table`, where `*` stands for any characters and `!` in front leaves out; names as the server stores them",
        example: '["app.*", "!app.tmp_*"]',
        default: "every table of the user's schemas",
      }),
    rpo: text(duration("1s", "1h"), {
      description:
        "How much history may be lost with this machine: what was captured is in the archive at the latest after this long.",
      form: "a duration",
    }).prefault("10s"),
    base: z
      .strictObject({
        every: text(duration("1m", "365d"), {
          description: "How often a full copy of the tables is taken.",
          form: "a duration",
        }).prefault("24h"),
      })
      .prefault({})
      .meta({ description: "Full copies." }),
  })
  .superRefine(oneDatabase)
  .meta({ description: "A database to capture." });

const target = z
  .strictObject(login)
  .superRefine(oneDatabase)
  .meta({ description: "A database that `restore --into NAME` writes to." });

const s3 = z
  .strictObject({
    bucket: text(parseBucket, {
      description:
        "The bucket. It must be there; `check` says what else it must be.",
      form: "a bucket's name",
      example: "backups",
    }),
    prefix: text(parsePrefix, {
      description:
        "What the archive's keys begin with, for a bucket that holds other things too.",
      form: "names joined by `/`",
      example: "tidemark",
    }).optional(),
    region: text(parseRegion, {
      description: "The bucket's region.",
      form: "a region's name",
      example: "eu-central-1",
      default:
        "`AWS_REGION`, or the profile's; `us-east-1` where there is an `endpoint`",
    }).optional(),
    endpoint: text(parseEndpoint, {
      description:
        "Where the service answers, when it is not Amazon's. It must hold conditional writes (`If-None-Match`) under concurrency: `run` tries it out at its start and refuses one that does not.",
      form: "a URL without a login",
      example: '"https://minio.example.net:9000"',
      default: "`AWS_ENDPOINT_URL_S3`, or Amazon's",
    }).optional(),
    pathStyle: z.boolean({ error: "expected true or false" }).optional().meta({
      description:
        "Whether the bucket stands in the path of a request (`endpoint/bucket/key`) instead of its host name.",
      form: "`true` · `false`",
      default: "`true` where there is an `endpoint`",
    }),
    storageClass: z
      .enum(STORAGE_CLASSES, {
        error: `expected one of ${STORAGE_CLASSES.join(", ")}`,
      })
      .optional()
      .meta({
        description:
          "The storage class of what is written. Classes that cannot be read at once are not taken: a restore would wait for hours.",
        form: STORAGE_CLASSES.map((each) => `\`${each}\``).join(" · "),
        default: "the bucket's",
      }),
  })
  .optional()
  .meta({
    description:
      "A bucket of S3, or of a service that speaks its protocol. The login comes from the AWS SDK's own chain (`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`, a web identity, the container's or the machine's role); [permissions.md](permissions.md) has the policies.",
  });

const archive = z
  .strictObject({
    directory: text(asWritten, {
      description:
        "Where the history is kept: a directory, on another disk than the databases, best on another machine's. Either this or `s3`.",
      form: "a path, relative to the folder of tidemark.yaml",
      example: "./tidemark/archive",
    }).optional(),
    s3,
  })
  .superRefine((value, context) => {
    const problem = (message: string, path: string[]) =>
      context.addIssue({ code: "custom", message, path });
    if (value.directory === undefined && value.s3 === undefined) {
      problem('expected directory: "…" or s3: { bucket: … }', []);
    }
    if (value.directory !== undefined && value.s3 !== undefined) {
      problem("there is a directory too: keep one of them", ["s3"]);
    }
  });

const sourceName = z.string().refine(isSourceName, {
  error: "is not a name: a letter or digit, then up to 62 of a-z, 0-9, _ and -",
});

export const configSchema = z.strictObject({
  sources: z
    .record(sourceName, source, {
      error: "expected names with a database each",
    })
    .prefault({})
    .meta({ description: "What is captured, by name." }),
  journal: z
    .strictObject({
      directory: text(asWritten, {
        description:
          "Where transactions wait, durable, until the archive has them. A local disk, not NFS. Either this or `kafka`.",
        form: "a path, relative to the folder of tidemark.yaml",
        default: "`./tidemark/journal`",
      }).optional(),
      kafka,
    })
    .superRefine((value, context) => {
      if (value.directory === undefined || value.kafka === undefined) return;
      context.addIssue({
        code: "custom",
        message: "there is a directory too: keep one of them",
        path: ["kafka"],
      });
    })
    .prefault({})
    .meta({ description: "The buffer between capture and archive." }),
  archive: z
    .array(archive, {
      error: "expected a list with one entry: - directory or - s3",
    })
    .length(1, { error: "expected one entry: - directory or - s3" })
    .meta({ description: "Where history is kept: a list with one entry." }),
  targets: z
    .record(sourceName, target, {
      error: "expected names with a database each",
    })
    .prefault({})
    .meta({ description: "Where restores may go, by name." }),
  http: z
    .strictObject({
      listen: text(parseListen, {
        description: "Address and port of the HTTP interface of `run`.",
        form: "`address:port`",
      }).prefault("127.0.0.1:7070"),
      tokenFile: file(
        "A file with the bearer token that callers from other machines must present, for all but `/healthz`, `/readyz` and `/metrics`. Without it they are refused.",
      ),
    })
    .prefault({})
    .meta({ description: "The HTTP interface of `run`." }),
});

export type ConfigFile = z.output<typeof configSchema>;
