import { z } from "zod";

/** One key of the schema, as documentation and suggestions see it. */
export interface SchemaKey {
  /** `sources.<name>.postgres`, `archive[].directory`. */
  readonly path: string;
  readonly key: string;
  readonly schema: z.core.$ZodType;
  readonly required: boolean;
  /** As it would be written. */
  readonly default: string | undefined;
}

/** Every key below a schema, outer before inner, in the order of the schema. */
export function* schemaKeys(
  schema: z.core.$ZodType,
  path = "",
): Generator<SchemaKey> {
  const inside = contentOf(schema);
  if (inside.kind === "names") {
    yield* schemaKeys(inside.each, `${path}.<name>`);
  } else if (inside.kind === "list") {
    yield* schemaKeys(inside.each, `${path}[]`);
  } else if (inside.kind === "keys") {
    for (const [key, child] of Object.entries(inside.keys)) {
      const { required, fallback } = unwrap(child);
      const at = path === "" ? key : `${path}.${key}`;
      yield {
        path: at,
        key,
        schema: child,
        required,
        default: typeof fallback === "string" ? fallback : undefined,
      };
      yield* schemaKeys(child, at);
    }
  }
}

/** The keys known at a place of the file. */
export function keysAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
): readonly string[] {
  const inside = contentOf(schema);
  const [first, ...rest] = path;
  if (inside.kind === "keys") {
    if (first === undefined) return Object.keys(inside.keys);
    const child = inside.keys[String(first)];
    return child === undefined ? [] : keysAt(child, rest);
  }
  if (inside.kind === "value" || first === undefined) return [];
  return keysAt(inside.each, rest);
}

type Content =
  | { readonly kind: "names" | "list"; readonly each: z.core.$ZodType }
  | {
      readonly kind: "keys";
      readonly keys: Readonly<Record<string, z.core.$ZodType>>;
    }
  | { readonly kind: "value" };

function contentOf(schema: z.core.$ZodType): Content {
  const bare = unwrap(schema).schema;
  if (bare instanceof z.ZodRecord) {
    return { kind: "names", each: bare.valueType };
  }
  if (bare instanceof z.ZodArray) {
    return { kind: "list", each: bare.element };
  }
  if (bare instanceof z.ZodObject) {
    return {
      kind: "keys",
      keys: bare.shape,
    };
  }
  return { kind: "value" };
}

function unwrap(schema: z.core.$ZodType): {
  readonly schema: z.core.$ZodType;
  readonly required: boolean;
  readonly fallback: unknown;
} {
  let [bare, required, fallback] = [schema, true, undefined as unknown];
  for (;;) {
    if (bare instanceof z.ZodOptional) {
      [bare, required] = [bare.unwrap(), false];
    } else if (bare instanceof z.ZodPrefault) {
      fallback = bare.def.defaultValue;
      [bare, required] = [bare.unwrap(), false];
    } else {
      return { schema: bare, required, fallback };
    }
  }
}
