/** A number keeps its digits. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Json =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly Json[]
  | { readonly [key: string]: Json };

export function parseJson(text: string): Json {
  // What a number was written as comes third; TypeScript's library does not say so.
  const keepNumber = (...[, value, context]: readonly unknown[]) =>
    typeof value === "number"
      ? new JsonNumber((context as { readonly source: string }).source)
      : value;
  return JSON.parse(text, keepNumber) as Json;
}

/**
 * The text that MySQL has of a document, and Postgres of a jsonb: keys by length, then by bytes, ", " and ": " between. They differ in
 * numbers alone.
 */
export function writeJson(
  value: Json,
  writeNumber: (source: string) => string,
): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoteJson(value);
  if (value instanceof JsonNumber) return writeNumber(value.source);
  if (isArray(value))
    return `[${value.map((each) => writeJson(each, writeNumber)).join(", ")}]`;
  const members = Object.entries(value)
    .map(([key, member]) => ({ key, bytes: Buffer.from(key), member }))
    .sort(
      (a, b) =>
        a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes),
    );
  return `{${members
    .map(
      ({ key, member }) =>
        `${quoteJson(key)}: ${writeJson(member, writeNumber)}`,
    )
    .join(", ")}}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** As both servers do: what JSON does not demand to be escaped stands for itself; JSON.stringify escapes lone surrogates besides. */
export function quoteJson(text: string): string {
  if (!text.isWellFormed())
    throw new RangeError("a JSON string with half a character");
  return JSON.stringify(text);
}
