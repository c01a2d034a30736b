import { TidemarkError } from "./errors.ts";

const SOURCE_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A source's name is part of paths, object keys and slot names, so it is checked before anything is built from it. */
export type SourceName = string & { readonly __brand: "SourceName" };

export function isSourceName(text: string): text is SourceName {
  return SOURCE_NAME.test(text);
}

export function parseSourceName(text: string): SourceName {
  if (isSourceName(text)) return text;
  throw new TidemarkError("USAGE", `"${text}" is not a source name`, {
    hint: "a letter or digit, then up to 62 of a-z, 0-9, _ and -",
  });
}
