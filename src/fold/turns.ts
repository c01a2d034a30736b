/** One holder at a time, in the order of asking. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  async take(): Promise<Disposable> {
    const before = this.last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.last = promise;
    await before;
    return { [Symbol.dispose]: resolve };
  }
}
