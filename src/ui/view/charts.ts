// Charts of block characters, in eighths of a cell.

const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** One line: a bar for each value, the largest at full height; every value above 0 is visible. */
export function sparkline(values: readonly number[]): string {
  return graph(values, 1)[0]!;
}

/** The same, `height` lines high, the top line first. */
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

/** A horizontal bar of `width` cells; `share`, 0 to 1, of it is filled. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(filled) + "░".repeat(width - filled);
}

/** Sums of neighbouring values, so that at most `width` remain. */
export function condense(values: ArrayLike<number>, width: number): number[] {
  const group = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
  const sums: number[] = new Array(Math.ceil(values.length / group)).fill(0);
  // The last group is complete: it holds the newest values.
  const offset = sums.length * group - values.length;
  for (let i = 0; i < values.length; i++) sums[Math.floor((i + offset) / group)]! += values[i]!;
  return sums;
}

/** Durations as a histogram on a logarithmic scale. */
export interface Histogram {
  /** Start of the first column and end of the last, in seconds. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/** At most `width` columns; fewer if the durations span little. */
export function histogram(
  durations: readonly { readonly seconds: number; readonly count: number }[],
  width: number,
): Histogram {
  // log2(0) is no number: half a microsecond is below the resolution of time stamps.
  const position = (seconds: number) => Math.log2(Math.max(seconds, 5e-7));
  const positions = durations.map(({ seconds }) => position(seconds));
  const low = Math.min(...positions);
  const span = Math.max(...positions) - low;
  // A column is at least a quarter of an octave (a factor of 1.19) wide.
  const columns = Math.max(1, Math.min(width, Math.floor(span * 4) + 1));
  const counts: number[] = new Array(columns).fill(0);
  durations.forEach(({ count }, i) => {
    const column = span === 0 ? 0 : Math.floor((positions[i]! - low) / span * columns);
    counts[Math.min(columns - 1, column)]! += count;
  });
  return { from: 2 ** low, to: 2 ** (low + span), counts };
}
