import type { EncodedPart } from "../../core/journal-record.ts";
import { AnswerSize } from "./answer-size.ts";
import { FrameJoiner, type Frame } from "./frame-joiner.ts";
import { splitItems } from "./items.ts";
import { judgeRecord } from "./judge-record.ts";
import { journalDamaged } from "./kafka-errors.ts";
import type { Fetched, PartitionReader } from "./partition-reader.ts";
import { decodeItem } from "./topic-history.ts";

/** Parts are held as they are up to this much; a transaction beyond is read a second time. */
const HELD_BYTES = 4 * 1024 * 1024;

/**
 * The parts of an attempt whose end has not been seen. A few are held; of more, only the offsets of their frames are kept,
 * and they are read again when the last part shows that they count. So a transaction of any size takes little memory.
 */
export class PendingParts {
  private readonly reader: PartitionReader;
  private frames: number[] = [];
  private earlier = 0;
  private held: EncodedPart[] = [];
  private heldBytes = 0;
  private heldFrames: number[] = [];

  constructor(reader: PartitionReader) {
    this.reader = reader;
  }

  /** Throws JOURNAL_DAMAGED when parts before it were not seen: half a transaction is never handed on. */
  add(part: EncodedPart, frame: Frame): void {
    const { seq, part: number } = part.header;
    const { at } = frame.head;
    if (number === 0) this.take();
    if (number !== this.earlier + this.held.length) {
      throw journalDamaged(
        { where: this.reader.where, offset: at },
        `part ${number} of transaction ${seq} stands without the parts before it`,
      );
    }
    this.held.push(part);
    this.heldBytes += part.bytes.length;
    if (this.heldFrames.at(-1) !== at) this.heldFrames.push(at);
  }

  /** The end of a frame: what is too much to hold is let go. */
  endFrame(): void {
    if (this.heldBytes <= HELD_BYTES) return;
    const known = this.frames.at(-1);
    for (const at of this.heldFrames) if (at !== known) this.frames.push(at);
    this.earlier += this.held.length;
    this.letGo();
  }

  /** Whether some of the parts must be read again. */
  get hasEarlier(): boolean {
    return this.earlier > 0;
  }

  /** The parts that were let go, in order. Throws JOURNAL_GAP when they were trimmed meanwhile. */
  async *readEarlier(signal: AbortSignal): AsyncGenerator<EncodedPart> {
    const { where } = this.reader;
    const last = this.held[0]?.header;
    const again = new FrameRereader(this.reader);
    let expected = 0;
    for (const at of this.frames) {
      for (const item of splitItems((await again.frame(at, signal)).body)) {
        const record = decodeItem(item);
        if (record.kind !== "part" || expected === this.earlier) continue;
        const { seq, attempt, part } = record.header;
        if (seq !== last?.seq || attempt !== last.attempt) continue;
        if (part !== expected)
          throw journalDamaged(
            { where, offset: at },
            "not what it held before",
          );
        expected++;
        yield record;
      }
    }
    if (expected !== this.earlier)
      throw journalDamaged(
        { where, offset: this.frames[0] ?? 0 },
        "parts that were there are missing",
      );
  }

  /** The parts that were held, which come behind the earlier ones; nothing is pending afterwards. */
  take(): readonly EncodedPart[] {
    const { held } = this;
    this.frames = [];
    this.earlier = 0;
    this.letGo();
    return held;
  }

  private letGo(): void {
    this.held = [];
    this.heldBytes = 0;
    this.heldFrames = [];
  }
}

/** Frames that were read once, by their offsets, ascending. */
class FrameRereader {
  private readonly reader: PartitionReader;
  private readonly size = new AnswerSize();
  private answer: Fetched["records"] = [];

  constructor(reader: PartitionReader) {
    this.reader = reader;
  }

  async frame(at: number, signal: AbortSignal): Promise<Frame> {
    const joiner = new FrameJoiner();
    for (let offset = at; ; offset++) {
      const record = await this.record(offset, signal);
      const judged = judgeRecord(record);
      const frame = judged && joiner.add(judged.head, judged.value);
      if (frame !== undefined) return frame;
    }
  }

  private async record(offset: number, signal: AbortSignal) {
    const found = this.find(offset);
    if (found !== undefined) return found;
    const bounds = { maxBytes: this.size.maxBytes, waitMs: 0 };
    this.answer = (await this.reader.fetch(offset, bounds, signal)).records;
    this.size.adapt(this.answer);
    const record = this.find(offset);
    if (record !== undefined) return record;
    const place = { where: this.reader.where, offset };
    throw journalDamaged(place, "a record that was there is missing");
  }

  private find(offset: number) {
    return this.answer[offset - (this.answer[0]?.offset ?? 0)];
  }
}
