import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { DatabaseLogin, DatabaseTls } from "../config/database-login.ts";
import { TidemarkError } from "../core/errors.ts";

/** A login of the configuration as the engine's adapters want it; wiring.ts, which names them, holds it to that. */
export function databaseAddress(login: DatabaseLogin) {
  return {
    host: login.host,
    port: login.port,
    database: login.database,
    user: login.user,
    password: () => login.password(),
    tls: () => tlsOptions(login.tls),
  };
}

/** The same of MySQL, where no database is all of them. */
export function mysqlAddress(login: DatabaseLogin) {
  const { database } = login;
  return {
    ...databaseAddress(login),
    database: database === "" ? undefined : database,
  };
}

/** What Node wants of it; undefined: none. */
export async function tlsOptions(
  tls: DatabaseTls,
): Promise<ConnectionOptions | undefined> {
  if (tls.mode === "disable") return undefined;
  const [ca, cert, key] = await Promise.all([
    readPem(tls.caFile),
    readPem(tls.certFile),
    readPem(tls.keyFile),
  ]);
  return {
    rejectUnauthorized: tls.mode !== "require",
    // verify-ca trusts the chain and does not ask for which host the certificate is; the drivers say which host is meant.
    ...(tls.mode === "verify-full"
      ? {}
      : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    throw new TidemarkError("CONFIG", `cannot read ${path}`, {
      cause,
      hint: "see tls: in tidemark.yaml",
    });
  }
}
