import { crc32 } from "node:zlib";
import type { EncodedPart } from "../../core/journal-record.ts";
import { decodeJournalRecord } from "../../format/journal-record.ts";
import { isMissing, journalDamaged, journalGap } from "./journal-errors.ts";
import {
  openJournalFile,
  readFully,
  type JournalFile,
} from "./journal-file.ts";

/** Where a part can be read again. */
interface PartPlace {
  readonly number: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

/**
 * The parts of an attempt whose end has not been seen. Those of the frame at hand are held as they are; of the ones before
 * only the place is kept, about a hundred bytes each, and they are read again when the last part shows that they count.
 * So a transaction of any size takes one frame's memory.
 */
export class PendingParts {
  private readonly directory: string;
  private places: PartPlace[] = [];
  private held: EncodedPart[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Throws JOURNAL_DAMAGED when parts before it were not seen: half a transaction is never handed on. */
  add(part: EncodedPart): void {
    const { seq, part: number } = part.header;
    if (number === 0) this.take();
    if (number !== this.places.length + this.held.length) {
      throw journalDamaged(
        { path: this.directory, offset: 0 },
        `part ${number} of transaction ${seq} stands without the parts before it`,
      );
    }
    this.held.push(part);
  }

  /** The end of a frame whose body, at `bodyOffset` of the file, the held parts are views of. */
  letGo(file: JournalFile, frame: { body: Buffer; bodyOffset: number }): void {
    for (const { bytes } of this.held) {
      this.places.push({
        number: file.number,
        offset: frame.bodyOffset + bytes.byteOffset - frame.body.byteOffset,
        size: bytes.length,
        crc: crc32(bytes),
      });
    }
    this.held = [];
  }

  /** Whether some of the parts must be read again. */
  get hasEarlier(): boolean {
    return this.places.length > 0;
  }

  /** The parts of earlier frames, in order. Throws JOURNAL_GAP when a file was deleted meanwhile. */
  async *readEarlier(signal: AbortSignal): AsyncGenerator<EncodedPart> {
    const { places } = this;
    for (let at = 0; at < places.length;) {
      const { number } = places[at] as PartPlace;
      await using file = await this.open(number);
      for (; places[at]?.number === number; at++) {
        signal.throwIfAborted();
        yield await readPart(file, places[at] as PartPlace);
      }
    }
  }

  /** The parts of the frame at hand, which come behind the earlier ones; nothing is pending afterwards. */
  take(): readonly EncodedPart[] {
    const { held } = this;
    if (this.hasEarlier) this.places = [];
    if (held.length > 0) this.held = [];
    return held;
  }

  private async open(number: number): Promise<JournalFile> {
    try {
      return await openJournalFile(this.directory, number, "r");
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw journalGap(
        this.directory,
        "a file was trimmed while its last transaction was being read",
      );
    }
  }
}

async function readPart(
  file: JournalFile,
  place: PartPlace,
): Promise<EncodedPart> {
  const bytes = Buffer.allocUnsafeSlow(place.size);
  const filled = await readFully(file.handle, bytes, place.offset);
  const where = { path: file.path, offset: place.offset };
  if (filled < place.size || crc32(bytes) !== place.crc)
    throw journalDamaged(where, "a part changed between two readings");
  const record = decodeJournalRecord(bytes);
  if (record.kind !== "part") throw journalDamaged(where, "not a part");
  return record;
}
