import { TidemarkError } from "./errors.ts";

/** From first through last. */
type Interval = [number, number];

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const MYSQL = new RegExp(`^${UUID}(?::[0-9a-z_]+(?:-[0-9]+)?)+$`);
const INTERVAL = /^([0-9]+)(?:-([0-9]+))?$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
/** Of one server from the first transaction on, as its set is printed. */
const NORMAL = new RegExp(`^${UUID}:1-[1-9][0-9]{1,14}$`);
const MARIADB = /^([0-9]{1,10})-([0-9]{1,10})-([0-9]{1,16})$/;

/**
 * Which transactions a server has executed, by their global ids; grows in place.
 *   MySQL:   set   = entry (',' entry)* ; entry = uuid ( ':' tag? ':' interval+ )…, as `gtid_executed` prints it; kept as one entry per uuid and tag
 *   MariaDB: set   = domain '-' server '-' number (',' …)*, the last one of each domain: everything before it in that domain is meant, too
 * (MySQL manual, "GTID Sets"; MariaDB knowledge base, "Global Transaction ID".)
 */
export class GtidSet {
  /** By `uuid` or `uuid:tag`; sorted, apart from one another. */
  private readonly intervals = new Map<string, Interval[]>();
  /** By domain. */
  private readonly domains = new Map<
    number,
    { readonly server: number; readonly number: number }
  >();

  /** Empty text is the empty set. Throws USAGE. */
  static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const entry of text.toLowerCase().split(",")) {
      const trimmed = entry.trim();
      if (trimmed !== "") set.parseEntry(trimmed, text);
    }
    if (set.intervals.size > 0 && set.domains.size > 0) throw notASet(text);
    return set;
  }

  /** As `toString` prints the set of `text`. Throws USAGE. */
  static normalize(text: string): string {
    return NORMAL.test(text) ? text : GtidSet.parse(text).toString();
  }

  private parseEntry(entry: string, text: string): void {
    const mariadb = MARIADB.exec(entry);
    if (mariadb !== null) {
      const [domain, server, number] = mariadb.slice(1).map(Number) as [
        number,
        number,
        number,
      ];
      this.addMariadb(domain, server, number);
      return;
    }
    if (!MYSQL.test(entry)) throw notASet(text);
    const [uuid = "", ...rest] = entry.split(":");
    let source = uuid;
    for (const piece of rest) {
      const interval = INTERVAL.exec(piece);
      if (interval === null) {
        if (!TAG.test(piece)) throw notASet(text);
        source = `${uuid}:${piece}`;
        continue;
      }
      const first = Number(interval[1]);
      const last = Number(interval[2] ?? interval[1]);
      if (first < 1 || last < first || !Number.isSafeInteger(last))
        throw notASet(text);
      this.addInterval(source, first, last);
    }
  }

  /** Of MySQL; `source` is the uuid in lower case, or `uuid:tag`. */
  add(source: string, number: number): void {
    this.addInterval(source, number, number);
  }

  /** The newest of its domain, whatever its number: a server that is not strict may count back. */
  addMariadb(domain: number, server: number, number: number): void {
    this.domains.set(domain, { server, number });
  }

  private addInterval(source: string, first: number, last: number): void {
    const known = this.intervals.get(source) ?? [];
    const end = known.at(-1);
    // As good as always: the next one of a server.
    if (end !== undefined && first === end[1] + 1) {
      end[1] = last;
      return;
    }
    const merged: [number, number][] = [];
    const all = [...known, [first, last] as const].sort((a, b) => a[0] - b[0]);
    for (const [from, through] of all) {
      const before = merged.at(-1);
      if (before !== undefined && from <= before[1] + 1)
        before[1] = Math.max(before[1], through);
      else merged.push([from, through]);
    }
    this.intervals.set(source, merged);
  }

  get isEmpty(): boolean {
    return this.intervals.size === 0 && this.domains.size === 0;
  }

  contains(other: GtidSet): boolean {
    for (const [source, intervals] of other.intervals) {
      const ours = this.intervals.get(source) ?? [];
      for (const [first, last] of intervals) {
        if (!ours.some(([from, through]) => from <= first && last <= through))
          return false;
      }
    }
    for (const [domain, { number }] of other.domains) {
      const ours = this.domains.get(domain);
      if (ours === undefined || ours.number < number) return false;
    }
    return true;
  }

  /** Sorted, without spaces: equal sets have equal texts. */
  toString(): string {
    let text = "";
    for (const domain of sortedKeys(this.domains, (a, b) => a - b)) {
      const last = this.domains.get(domain);
      if (last === undefined) continue;
      if (text !== "") text += ",";
      text += `${domain}-${last.server}-${last.number}`;
    }
    for (const source of sortedKeys(this.intervals, (a, b) =>
      a < b ? -1 : 1,
    )) {
      if (text !== "") text += ",";
      text += source;
      for (const [first, last] of this.intervals.get(source) ?? [])
        text += first === last ? `:${first}` : `:${first}-${last}`;
    }
    return text;
  }
}

/** Of a map that as good as always has one. */
function sortedKeys<Key>(
  map: ReadonlyMap<Key, unknown>,
  order: (a: Key, b: Key) => number,
): Iterable<Key> {
  return map.size > 1 ? [...map.keys()].sort(order) : map.keys();
}

function notASet(text: string): TidemarkError {
  return new TidemarkError("USAGE", `"${text}" is not a set of GTIDs`, {
    hint: "MySQL: uuid:1-77,uuid:tag:1-3; MariaDB: 0-1-77",
  });
}
