import pc from "picocolors";
import type { Environment } from "../config/environment.ts";
import type { TextSink } from "./streams.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours for a terminal that did not ask for none (https://no-color.org: any value but the empty one). */
export function colorsFor(sink: TextSink, env: Environment): Colors {
  const refused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return pc.createColors(sink.isTTY === true && !refused);
}
