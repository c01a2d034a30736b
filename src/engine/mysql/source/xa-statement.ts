const XA = /\bXA\s+(START|BEGIN|END|PREPARE|COMMIT|ROLLBACK)\s+(.+)$/is;
const XID =
  /^X'([0-9a-f]*)'\s*,\s*X'([0-9a-f]*)'\s*,\s*(\d+)\s*(ONE PHASE)?(?:\s+GTID\s.*)?$/i;

export interface XaStatement {
  readonly verb: "START" | "END" | "PREPARE" | "COMMIT" | "ROLLBACK";
  /** In one spelling, that of xidText. */
  readonly xid: string;
  readonly onePhase: boolean;
}

/** The statement at the end of a text of the log, or of SHOW BINLOG EVENTS; undefined: another. Throws RangeError on an xid that no log has. */
export function readXaStatement(text: string): XaStatement | undefined {
  const [, word, rest = ""] = XA.exec(text) ?? [];
  if (word === undefined) return undefined;
  const match = XID.exec(rest.trim());
  if (match === null) throw new RangeError(`an XA statement of ${rest}`);
  const [, global = "", branch = "", format = "", onePhase] = match;
  const verb = word.toUpperCase();
  return {
    verb: (verb === "BEGIN" ? "START" : verb) as XaStatement["verb"],
    xid: `X'${global.toLowerCase()}',X'${branch.toLowerCase()}',${format}`,
    onePhase: onePhase !== undefined,
  };
}
