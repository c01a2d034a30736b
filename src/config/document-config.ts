import { z } from "zod";
import { configSchema } from "./schema.ts";
import { schemaKeys, type SchemaKey } from "./schema-keys.ts";

const HEAD = `# Configuration

\`tidemark.yaml\` (or \`--config FILE\`) is YAML. \`\${NAME}\` in a value is the environment variable NAME, which must be set;
\`\${NAME:-text}\` has a default for when it is not set or empty; \`$\${\` is a plain \`\${\`. Write such values in quotes.
Relative paths start at the folder of the file. Durations are a whole number and \`s\`, \`m\`, \`h\` or \`d\`.
A key that is unknown, or that would have no effect, is an error that names line and key.

The smallest useful file:

\`\`\`yaml
sources:
  orders: { postgres: "\${ORDERS_URL}" } # or mysql
archive:
  - directory: ./tidemark/archive
\`\`\`

This page is generated from the schema that reads the file.
`;

interface Notes {
  readonly description?: unknown;
  readonly form?: unknown;
  readonly example?: unknown;
  readonly default?: unknown;
}

/** docs/configuration.md, from the schema. Throws when a key has no description. */
export function documentConfig(): string {
  const sections = schemaKeys(configSchema).map(section).toArray();
  return [HEAD, ...sections].join("\n");
}

function section(key: SchemaKey): string {
  const notes = notesOf(key.schema);
  if (typeof notes.description !== "string") {
    throw new TypeError(`${key.path} has no description`);
  }
  const depth = key.path.includes(".") ? "###" : "##";
  const facts = [
    fact("Form", notes.form),
    fact(
      "Default",
      notes.default ??
        (key.default === undefined ? undefined : `\`${key.default}\``),
    ),
    key.required ? "- Required\n" : "",
    fact(
      "Example",
      typeof notes.example === "string"
        ? `\`${key.key}: ${notes.example}\``
        : undefined,
    ),
  ].join("");
  return `${depth} \`${key.path}\`\n\n${notes.description}\n${facts === "" ? "" : `\n${facts}`}`;
}

function fact(name: string, text: unknown): string {
  return typeof text === "string" ? `- ${name}: ${text}\n` : "";
}

/** `.optional()` and `.prefault()` wrap what was described: the outermost notes count. */
function notesOf(schema: z.core.$ZodType): Notes {
  const notes = z.globalRegistry.get(schema);
  if (notes !== undefined) return notes;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return notesOf(schema.unwrap());
  }
  return {};
}
