/** Where a command reads and writes. */
export interface Streams {
  /** Opened only when something is read from it. */
  readonly stdin: () => NodeJS.ReadStream;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
}

/** As much of a writable stream as a command needs. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}
