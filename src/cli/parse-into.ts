import { TidemarkError } from "../core/errors.ts";
import { isSourceName, type SourceName } from "../core/source-name.ts";

/** One `--into`: a TARGET, and for which source when that was said. */
export interface Into {
  readonly source: SourceName | undefined;
  readonly target: string;
}

/** `TARGET` or `SOURCE=TARGET`; a `=` later in a URL is the URL's own. Throws USAGE. */
export function parseInto(text: string): Into {
  const equals = text.indexOf("=");
  const before = text.slice(0, Math.max(equals, 0));
  const into: Into = isSourceName(before)
    ? { source: before, target: text.slice(equals + 1) }
    : { source: undefined, target: text };
  if (into.target === "") {
    throw new TidemarkError("USAGE", "--into names no target", {
      hint: "a name from targets, env:NAME, or a URL without a password",
    });
  }
  return into;
}

/**
 * Which target each source goes to: one source may leave out its name, several may not, and no two share a target. Throws
 * USAGE.
 */
export function assignTargets(
  sources: readonly SourceName[],
  intos: readonly Into[],
): ReadonlyMap<SourceName, string> {
  const targets = new Map<SourceName, string>();
  for (const { source, target } of intos) {
    const name = source ?? (sources.length === 1 ? sources[0] : undefined);
    if (name === undefined) {
      throw wrong(`--into ${printable(target)} does not say for which source`);
    }
    if (!sources.includes(name)) {
      throw wrong(`--into is for ${name}, which is not restored`);
    }
    if (targets.has(name)) throw wrong(`--into is there twice for ${name}`);
    if ([...targets.values()].includes(target)) {
      throw wrong("two sources cannot be restored into one target");
    }
    targets.set(name, target);
  }
  const forgotten = sources.find((source) => !targets.has(source));
  if (forgotten !== undefined)
    throw wrong(`--into is missing for ${forgotten}`);
  return targets;
}

/** A URL on the command line may hold a password, and this runs before that is refused. */
function printable(target: string): string {
  return target.includes("://") ? "URL" : target;
}

function wrong(message: string): TidemarkError {
  return new TidemarkError("USAGE", message, {
    hint: "one source: --into TARGET; several: --into SOURCE=TARGET for each",
  });
}
