/** A wait that ends by itself or when somebody calls {@link Wake.up}; a call while nobody waits ends the next wait. */
export class Wake {
  #called = false;
  #end: (() => void) | undefined;

  up(): void {
    this.#called = true;
    this.#end?.();
  }

  /** @param ms undefined: until called */
  async wait(ms: number | undefined): Promise<void> {
    if (!this.#called) {
      await new Promise<void>((done) => {
        const timer = ms === undefined ? undefined : setTimeout(done, ms);
        this.#end = () => {
          clearTimeout(timer);
          done();
        };
      });
      this.#end = undefined;
    }
    this.#called = false;
  }
}
