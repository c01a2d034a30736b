import { TidemarkError } from "../core/errors.ts";
import { nearest } from "./nearest.ts";
import { TLS_MODES, type TlsMode } from "./database-login.ts";

/** `user@/database?host=…` is fine for clients and not for the URL standard; a name that cannot be a host stands in. */
const NO_HOST = /^([a-z]+:\/\/[^/?#]*@)(?=(:\d*)?([/?#]|$))/i;
const NOBODY = "nobody.invalid";

/** A database's URL, taken apart. What is wrong is USAGE; the message never holds the URL, which may hold a password. */
export class UrlParts<Parameter extends string> {
  readonly url: URL;
  private readonly form: string;
  private readonly parameters: ReadonlyMap<Parameter, string>;

  constructor(
    text: string,
    as: {
      readonly what: string;
      readonly form: string;
      readonly protocols: readonly string[];
      readonly parameters: readonly Parameter[];
    },
  ) {
    this.form = as.form;
    const url = URL.parse(text.replace(NO_HOST, `$1${NOBODY}`)) ?? undefined;
    if (url === undefined || !as.protocols.includes(url.protocol))
      throw this.wrong(`not a ${as.what} URL`);
    if (url.hash !== "") throw this.wrong('it has a "#": write it as %23');
    this.url = url;
    this.parameters = this.readParameters(as.parameters);
  }

  get(parameter: Parameter): string | undefined {
    return this.parameters.get(parameter);
  }

  /** Where the URL itself says it, or one of its parameters. */
  pick(parameter: Parameter, fromUrl: string): string | undefined {
    const other = this.parameters.get(parameter);
    if (fromUrl === "") return other;
    if (other !== undefined) throw this.wrong(`it says ${parameter} twice`);
    return this.decode(fromUrl);
  }

  get hostname(): string {
    if (this.url.hostname === NOBODY) return "";
    return this.url.hostname.replace(/^\[(.*)\]$/, "$1");
  }

  get path(): string {
    return this.url.pathname.replace(/^\//, "");
  }

  host(text: string | undefined): string {
    const host = this.need("host", text);
    if (host.includes(","))
      throw this.wrong("it names several hosts: name one");
    return host;
  }

  port(text: string | undefined, standard: number): number {
    if (text === undefined) return standard;
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
      throw this.wrong("its port is not a number from 1 to 65535");
    }
    return port;
  }

  need(what: string, text: string | undefined): string {
    if (text === undefined || text === "")
      throw this.wrong(`it names no ${what}`);
    return text;
  }

  decode(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      throw this.wrong('it has a "%" that begins no escape: write it as %25');
    }
  }

  wrong(why: string): TidemarkError {
    return new TidemarkError("USAGE", `the URL is wrong: ${why}`, {
      hint: this.form,
    });
  }

  private readParameters(
    known: readonly Parameter[],
  ): ReadonlyMap<Parameter, string> {
    const found = new Map<Parameter, string>();
    for (const [name, value] of this.url.searchParams) {
      const parameter = known.find((each) => each === name);
      if (parameter === undefined) {
        const meant = nearest(name, known);
        throw new TidemarkError(
          "USAGE",
          `unknown parameter "${name}" in a URL`,
          {
            hint:
              meant === undefined
                ? `known: ${known.join(", ")}`
                : `nearest: ${meant}`,
          },
        );
      }
      if (found.has(parameter)) throw this.wrong(`it says ${name} twice`);
      found.set(parameter, value);
    }
    return found;
  }
}

/** Whether a URL of any kind carries a password, however malformed the rest is. */
export function carriesPassword(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:[^/?#]*@/i.test(text) ||
    /[?&]password=/i.test(text)
  );
}

export function tlsModeOf(text: string): TlsMode {
  const mode = TLS_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  const silent = text === "prefer" || text === "allow";
  throw new TidemarkError(
    "USAGE",
    silent
      ? `TLS mode "${text}" may silently go unencrypted`
      : `"${text}" is not a TLS mode`,
    { hint: `one of ${TLS_MODES.join(", ")}` },
  );
}
