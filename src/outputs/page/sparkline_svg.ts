// A line over time as SVG.

import { type Html, html } from "./html.ts";
import type { Point } from "./page_history.ts";

const WIDTH = 90;
const HEIGHT = 18;

/** The highest value reaches the top; the right edge is now. null if there is no line. */
export function sparklineSvg(points: readonly Point[]): Html | null {
  if (points.length < 2) return null;
  const most = Math.max(...points.map(({ rate }) => rate));
  const height = (rate: number) => most === 0 ? 0 : rate / most * (HEIGHT - 2);
  const line = points.map(({ at, rate }) =>
    `${Math.round(at * WIDTH)},${Math.round(HEIGHT - 1 - height(rate))}`
  ).join(" ");
  const label = `hits over time, at most ${most.toFixed(1)} a second`;
  return html`
    <svg
      width="${WIDTH}"
      height="${HEIGHT}"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="${label}"
    >
      <polyline points="${line}" />
    </svg>
  `;
}
