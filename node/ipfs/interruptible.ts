/** The same stream, which throws the reason of `signal` as soon as that aborts, however long the next chunk takes. */
export async function* interruptible(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const over = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
  });
  aborted.catch(() => undefined);
  let isWaiting = false;
  try {
    signal.throwIfAborted();
    for (;;) {
      isWaiting = true;
      const next = await Promise.race([chunks.next(), aborted]);
      isWaiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    over.abort();
    // A stream that is waiting for its own source would not end before that answers.
    const ended = Promise.resolve(chunks.return?.()).catch(() => undefined);
    if (!isWaiting) await ended;
  }
}
