/** What this process knows of a source's topic from the writers that it had. */
export interface WriterMemory {
  /** The newest whole transaction while a writer of this process is at work. */
  head: number | undefined;
  /** The last record that the brokers confirmed, whichever writer sent it: it must be there when the next one opens. */
  confirmed: { readonly offset: number; readonly epoch: number } | undefined;
}
