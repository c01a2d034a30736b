import { z } from "zod";
import { TidemarkError } from "../core/errors.ts";
import { TLS_MODES } from "./database-login.ts";

/** What documentConfig prints of a key. A leaf without it does not compile, so every key is documented. */
interface KeyNotes {
  readonly description: string;
  /** What may be written, in words. */
  readonly form: string;
  readonly example?: string;
  /** What counts without the key, where that is no value. */
  readonly default?: string;
}

/** Text that a parser of ours understands; its USAGE error becomes the key's problem, and never quotes a secret. */
export function text<T>(parse: (text: string) => T, notes: KeyNotes) {
  return z
    .string({ error: `expected ${notes.form}` })
    .min(1, { error: `is empty; expected ${notes.form}`, abort: true })
    .transform((value, context): T => {
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof TidemarkError)) throw error;
        context.addIssue({
          code: "custom",
          message: [error.message, error.hint].filter(Boolean).join("; "),
        });
        return z.NEVER;
      }
    })
    .meta({ ...notes });
}

export function asWritten(value: string): string {
  return value;
}

export const file = (description: string) =>
  text(asWritten, {
    description,
    form: "a path, relative to the folder of tidemark.yaml",
  }).optional();

export const tls = z
  .strictObject({
    mode: z
      .enum(TLS_MODES, { error: `expected one of ${TLS_MODES.join(", ")}` })
      .optional()
      .meta({
        description:
          "How the connection is protected. `verify-full` unless the host is this machine (loopback or a socket), where it is `disable`.",
        form: TLS_MODES.map((mode) => `\`${mode}\``).join(" · "),
      }),
    ca: file(
      "Certificates (PEM) that may sign the server's; the system's own when absent.",
    ),
    cert: file("The client certificate (PEM)."),
    key: file("The client certificate's key (PEM)."),
  })
  .optional()
  .meta({ description: "TLS of the connection." });
