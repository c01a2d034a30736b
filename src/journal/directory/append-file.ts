import { FrameEncoder } from "./frame.ts";
import { journalFailpoint } from "./journal-failpoints.ts";
import { writeFully, type JournalFile } from "./journal-file.ts";

/** The newest file, while it grows. */
export class AppendFile implements AsyncDisposable {
  readonly file: JournalFile;
  /** Everything before it is durable. */
  end: number;
  nextFrame: number;
  private readonly encoder = new FrameEncoder();

  constructor(at: { file: JournalFile; end: number; nextFrame: number }) {
    this.file = at.file;
    this.end = at.end;
    this.nextFrame = at.nextFrame;
  }

  /** Whether there is more than the first frame. */
  get hasAppends(): boolean {
    return this.nextFrame > this.file.number + 1;
  }

  /** One frame, one write, one sync. */
  async append(items: readonly Uint8Array[]): Promise<void> {
    const identity = { number: this.nextFrame, seed: this.file.seed };
    const pieces = this.encoder.encode(items, identity);
    try {
      await writeFully(this.file.handle, pieces, this.end);
      journalFailpoint("journal.frame-written");
      await this.file.handle.datasync();
    } catch (error) {
      await this.cut();
      throw error;
    }
    journalFailpoint("journal.frame-synced");
    for (const piece of pieces) this.end += piece.length;
    this.nextFrame++;
  }

  /**
   * After a failed sync the kernel may show bytes as clean that never reached the disk, and the next open would believe
   * them. Cutting them is best effort: the caller gives the file up either way.
   */
  private async cut(): Promise<void> {
    await this.file.handle.truncate(this.end).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file[Symbol.asyncDispose]();
  }
}
