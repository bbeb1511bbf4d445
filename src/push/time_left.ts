// How long something may still take: asked again and again, as it may become shorter.

/** Milliseconds that are left; 0 or less if there are none. */
export type TimeLeft = () => number;

/** So many milliseconds from now on. */
export function within(milliseconds: number): TimeLeft {
  const end = performance.now() + milliseconds;
  return () => end - performance.now();
}

/** Milliseconds after which is looked again. */
const LOOK = 100;

/** Waits for `done` as long as there is time. */
export async function asLongAs(left: TimeLeft, done: () => Promise<unknown> | null): Promise<void> {
  for (let work; left() > 0 && (work = done()) !== null;) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(left(), LOOK));
    await Promise.race([work, promise]);
    clearTimeout(timer);
  }
}
