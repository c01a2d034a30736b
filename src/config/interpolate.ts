import { TidemarkError } from "../core/errors.ts";
import type { Environment } from "./environment.ts";

const PIECE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/**
 * `${VAR}` and `${VAR:-default}`, where the default also stands in for an empty variable, as in a shell; `$${` is a plain
 * `${`. A variable that is not set and has no default throws CONFIG: an empty value in its place would be a guess.
 */
export function interpolate(text: string, env: Environment): string {
  return text.replace(
    PIECE,
    (piece: string, name: string | undefined, fallback: string | undefined) => {
      if (piece === "$${") return "${";
      if (name === undefined || fallback?.includes("${") === true) {
        throw new TidemarkError("CONFIG", '"${" begins no ${VAR}', {
          hint: "${VAR} or ${VAR:-default}; $${ for a plain ${",
        });
      }
      const value = env[name];
      if (fallback !== undefined) {
        return value === undefined || value === "" ? fallback : value;
      }
      if (value !== undefined) return value;
      throw new TidemarkError("CONFIG", `${name} is not set`, {
        hint: `set the environment variable ${name}, or write \${${name}:-default}`,
      });
    },
  );
}
