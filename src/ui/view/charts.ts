// Numbers as text that can be seen: bars of eighths of a character.

const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** A bar for each value, the largest as high as a line; what is not 0 can be seen. */
export function sparkline(values: readonly number[]): string {
  return graph(values, 1)[0]!;
}

/** `height` lines of bars, the top one first. */
export function graph(values: readonly number[], height: number): string[] {
  const largest = Math.max(...values, 0);
  const eighths = values.map((value) =>
    value <= 0 || largest === 0 ? 0 : Math.max(1, Math.round(value / largest * height * 8))
  );
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * 8;
    return eighths.map((bar) => EIGHTHS[Math.min(8, Math.max(0, bar - below))]).join("");
  });
}

/** A bar of so many places, `share` of it filled. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** `values` as `width` sums of neighbours; fewer where that would need parts of a value. */
export function condense(values: ArrayLike<number>, width: number): number[] {
  const group = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
  const sums: number[] = new Array(Math.ceil(values.length / group)).fill(0);
  // The newest, at the end, are in a full group.
  const offset = sums.length * group - values.length;
  for (let i = 0; i < values.length; i++) sums[Math.floor((i + offset) / group)]! += values[i]!;
  return sums;
}

/** Durations as a histogram on a logarithmic scale. */
export interface Histogram {
  /** Seconds where the first column begins and the last one ends. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/** At most `width` columns, as many as are needed to tell durations apart. */
export function histogram(
  durations: readonly { readonly seconds: number; readonly count: number }[],
  width: number,
): Histogram {
  // Half a microsecond stands for what took no time at all.
  const position = (seconds: number) => Math.log2(Math.max(seconds, 5e-7));
  const positions = durations.map(({ seconds }) => position(seconds));
  const low = Math.min(...positions);
  const span = Math.max(...positions) - low;
  // A quarter of an octave is as fine as it is worth.
  const columns = Math.max(1, Math.min(width, Math.floor(span * 4) + 1));
  const counts: number[] = new Array(columns).fill(0);
  durations.forEach(({ count }, i) => {
    const column = span === 0 ? 0 : Math.floor((positions[i]! - low) / span * columns);
    counts[Math.min(columns - 1, column)]! += count;
  });
  return { from: 2 ** low, to: 2 ** (low + span), counts };
}
