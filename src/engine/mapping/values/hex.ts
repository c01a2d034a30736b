/** Postgres's bytea under bytea_output=hex: `\x` and two digits a byte. */
export function bytesOfHex(value: Buffer): Buffer {
  return Buffer.from(value.toString("latin1", 2), "hex");
}

export function hexOfBytes(value: Buffer): Buffer {
  return Buffer.from(`\\x${value.toString("hex")}`, "latin1");
}
