/** Work of many, and now and then a rest in which nobody works. */
export class Rests {
  private working = 0;
  private resting: Promise<void> | undefined;
  private whenIdle: (() => void) | undefined;

  /** Waits for the end of a rest. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    while (this.resting !== undefined) await this.resting;
    this.working++;
    try {
      return await work();
    } finally {
      this.working--;
      if (this.working === 0) this.whenIdle?.();
    }
  }

  /** Waits until nobody works, and lets nobody begin before `inside` has ended. One rest at a time. */
  async rest<T>(inside: () => Promise<T>): Promise<T> {
    if (this.resting !== undefined) throw new Error("there is a rest already");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.resting = promise;
    try {
      await new Promise<void>((idle) => {
        this.whenIdle = idle;
        if (this.working === 0) idle();
      });
      return await inside();
    } finally {
      this.whenIdle = undefined;
      this.resting = undefined;
      resolve();
    }
  }
}
