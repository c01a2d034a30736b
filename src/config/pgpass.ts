import { TidemarkError } from "../core/errors.ts";

/**
 * The password for a login in a password file (PostgreSQL documentation, 34.16): lines of host:port:database:user:password,
 * `*` for any, `\` before `:` and `\`; the first line that fits. A socket's host is `localhost` there.
 */
export function findInPgpass(
  text: string,
  login: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
  },
): string | undefined {
  const wanted = [
    login.host.startsWith("/") ? "localhost" : login.host,
    String(login.port),
    login.database,
    login.user,
  ];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = splitLine(line);
    if (fields.length < 5) {
      throw new TidemarkError(
        "CONFIG",
        "PGPASSFILE has a line without 5 fields",
        {
          hint: "host:port:database:user:password",
        },
      );
    }
    if (wanted.every((want, i) => fields[i] === "*" || fields[i] === want)) {
      return fields[4];
    }
  }
  return undefined;
}

function splitLine(line: string): readonly string[] {
  const fields = [""];
  for (let i = 0; i < line.length; i++) {
    if (line[i] === ":" && fields.length < 5) {
      fields.push("");
      continue;
    }
    if (line[i] === "\\" && i + 1 < line.length) i += 1;
    fields[fields.length - 1] += line[i] ?? "";
  }
  return fields;
}
