import { FILE_HEADER_BYTES } from "./file-header.ts";
import { FRAME_HEADER_BYTES, isFrame } from "./frame.ts";
import { readFully, type JournalFile } from "./journal-file.ts";

export interface Frame {
  readonly number: number;
  readonly body: Buffer;
  /** Where `body` begins in its file. */
  readonly bodyOffset: number;
}

export type FrameStep =
  | { readonly kind: "frame"; readonly frame: Frame }
  /** The window must be filled first. */
  | { readonly kind: "more" }
  /** The last frame ended exactly at the end. */
  | { readonly kind: "end" }
  /** What stands here is no whole frame: torn, being written, or damaged. */
  | { readonly kind: "invalid"; readonly why: string };

/** Frames larger than the window are read by themselves. */
const WINDOW_BYTES = 1024 * 1024;
const EMPTY = Buffer.alloc(0);
const MORE: FrameStep = { kind: "more" };
const END: FrameStep = { kind: "end" };

/**
 * Reads a file's frames in order through a window, so that a small frame costs neither a read nor a promise. Bodies are
 * views of windows that are never used again.
 */
export class FrameReader {
  /** Where the next frame begins, and its number. */
  offset = FILE_HEADER_BYTES;
  number: number;
  private readonly file: JournalFile;
  private window: Buffer = EMPTY;
  private windowOffset = 0;
  private wantedBytes = 0;

  constructor(file: JournalFile) {
    this.file = file;
    this.number = file.number;
  }

  /** The next frame, of those that end at or before byte `end` of the file. */
  take(end: number): FrameStep {
    const left = end - this.offset;
    if (left === 0) return END;
    if (left < FRAME_HEADER_BYTES)
      return this.invalid("the file ends inside a frame's header");
    const at = this.offset - this.windowOffset;
    if (at + FRAME_HEADER_BYTES > this.window.length) return MORE;
    const size = FRAME_HEADER_BYTES + this.window.readUInt32LE(at);
    if (size > left) return this.invalid("the file ends inside a frame");
    if (at + size > this.window.length) {
      this.wantedBytes = size;
      return MORE;
    }
    const identity = { number: this.number, seed: this.file.seed };
    if (!isFrame(this.window, at, identity))
      return this.invalid(`frame ${this.number} is not what was written`);
    const frame: Frame = {
      number: this.number,
      body: this.window.subarray(at + FRAME_HEADER_BYTES, at + size),
      bodyOffset: this.offset + FRAME_HEADER_BYTES,
    };
    this.offset += size;
    this.number++;
    this.wantedBytes = 0;
    return { kind: "frame", frame };
  }

  /** After "more". */
  async fill(end: number): Promise<void> {
    const size = Math.min(
      end - this.offset,
      Math.max(WINDOW_BYTES, this.wantedBytes),
    );
    const window = Buffer.allocUnsafeSlow(size);
    const filled = await readFully(this.file.handle, window, this.offset);
    // Shorter than it was a moment ago: zeros are no frame, so this shows as an invalid one.
    if (filled < size) window.fill(0, filled);
    this.window = window;
    this.windowOffset = this.offset;
  }

  /** Whatever comes to stand here later must be read again. */
  private invalid(why: string): FrameStep {
    this.window = EMPTY;
    this.wantedBytes = 0;
    return { kind: "invalid", why };
  }
}
