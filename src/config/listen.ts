import { isIP } from "node:net";
import { TidemarkError } from "../core/errors.ts";

/** `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070`; port 0 lets the system choose. Throws USAGE. */
export function parseListen(text: string): {
  readonly host: string;
  readonly port: number;
} {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const bracketed = match?.[1];
  const host = bracketed ?? match?.[2];
  const port = Number(match?.[3]);
  if (
    host === undefined ||
    port > 65_535 ||
    (bracketed !== undefined && isIP(bracketed) !== 6)
  ) {
    throw new TidemarkError("USAGE", `"${text}" is not an address and a port`, {
      hint: "for example 127.0.0.1:7070 or [::1]:7070",
    });
  }
  return { host, port };
}
