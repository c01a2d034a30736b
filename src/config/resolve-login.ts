import { resolve } from "node:path";
import type { TidemarkError } from "../core/errors.ts";
import type { Environment } from "./environment.ts";
import {
  fixedPassword,
  passwordFromCommand,
  passwordFromFile,
  type Password,
} from "./password.ts";
import {
  databaseLabel,
  isLocalHost,
  type DatabaseLogin,
  type DatabaseTls,
  type DatabaseUrl,
  type TlsMode,
} from "./database-login.ts";

/** A login as it is written: a URL and what stands beside it. */
export interface WrittenLogin {
  readonly url: DatabaseUrl;
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
  readonly tls?: WrittenTls | undefined;
}

interface WrittenTls {
  readonly mode?: TlsMode | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Makes the error about one key of the login. */
export type Refuse = (key: readonly string[], message: string) => TidemarkError;

/** Refuses whatever would have no effect: a second password, certificates that are not used, a setting said twice. */
export function resolveLogin(
  written: WrittenLogin,
  place: { readonly directory: string; readonly env: Environment },
  refuse: Refuse,
): DatabaseLogin {
  const { engine, host, port, database, user } = written.url;
  return {
    engine,
    host,
    port,
    database,
    user,
    tls: resolveTls(written, place.directory, refuse),
    label: databaseLabel(written.url),
    password: choosePassword(written, place, refuse),
  };
}

export function choosePassword(
  written: Omit<WrittenLogin, "url" | "tls"> & {
    readonly url: Pick<DatabaseUrl, "password">;
  },
  place: { readonly directory: string; readonly env: Environment },
  refuse: Refuse,
): Password {
  const { passwordFile, passwordCommand } = written;
  const inUrl = written.url.password;
  if (passwordFile !== undefined) {
    if (inUrl !== undefined) {
      throw refuse(["passwordFile"], "the URL has a password too: keep one");
    }
    if (passwordCommand !== undefined) {
      throw refuse(
        ["passwordFile"],
        "there is a passwordCommand too: keep one of them",
      );
    }
    return passwordFromFile(resolve(place.directory, passwordFile));
  }
  if (passwordCommand === undefined) return fixedPassword(inUrl);
  if (inUrl !== undefined) {
    throw refuse(["passwordCommand"], "the URL has a password too: keep one");
  }
  return passwordFromCommand(passwordCommand, place);
}

export function resolveTls(
  written: Pick<WrittenLogin, "tls"> & {
    readonly url: Pick<DatabaseUrl, "host" | "tls">;
  },
  directory: string,
  refuse: Refuse,
): DatabaseTls {
  const { url, tls = {} } = written;
  const pick = <T>(
    key: string,
    fromUrl: T | undefined,
    fromKey: T | undefined,
  ) => {
    if (fromUrl !== undefined && fromKey !== undefined) {
      throw refuse(["tls", key], "the URL says it too: keep one");
    }
    return fromKey ?? fromUrl;
  };
  const ca = pick("ca", url.tls.ca, tls.ca);
  const cert = pick("cert", url.tls.cert, tls.cert);
  const key = pick("key", url.tls.key, tls.key);
  const mode =
    pick("mode", url.tls.mode, tls.mode) ??
    (isLocalHost(url.host) ? "disable" : "verify-full");
  if (
    mode === "disable" &&
    [ca, cert, key].some((file) => file !== undefined)
  ) {
    throw refuse(["tls"], "certificates have no effect with mode disable");
  }
  if (mode === "require" && ca !== undefined) {
    throw refuse(
      ["tls", "ca"],
      "has no effect with mode require: use verify-ca or verify-full",
    );
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw refuse(["tls"], "cert and key belong together: give both");
  }
  if (mode !== "disable" && url.host.startsWith("/")) {
    throw refuse(["tls"], "a Unix socket has no TLS: use mode disable");
  }
  const path = (file: string | undefined) =>
    file === undefined ? undefined : resolve(directory, file);
  return { mode, caFile: path(ca), certFile: path(cert), keyFile: path(key) };
}
