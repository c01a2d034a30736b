import { hash } from "node:crypto";

/** Gives every name once in its scope, and no longer than the target takes it. */
export class Names {
  private readonly taken = new Set<string>();
  private readonly mostBytes: number;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** The name itself where it is free; otherwise one like it, the same every time. */
  take(scope: string, wanted: string): string {
    for (let n = 1; ; n++) {
      const name = this.fit(wanted, n === 1 ? "" : `_${n}`);
      // Some of a server's names are not told apart by case.
      const key = JSON.stringify([scope, name.toLowerCase()]);
      if (this.taken.has(key)) continue;
      this.taken.add(key);
      return name;
    }
  }

  private fit(wanted: string, suffix: string): string {
    const bytes = Buffer.from(wanted);
    if (bytes.length + suffix.length <= this.mostBytes)
      return `${wanted}${suffix}`;
    const ending = `_${hash("sha256", wanted).slice(0, 8)}${suffix}`;
    const room = this.mostBytes - ending.length;
    // A character that was cut in two goes whole.
    return `${bytes
      .subarray(0, room)
      .toString("utf8")
      .replace(/\ufffd+$/, "")}${ending}`;
  }
}
