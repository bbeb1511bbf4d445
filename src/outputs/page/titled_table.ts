// A heading with a table below it.

import { type Html, html } from "./html.ts";

export interface TitledTable {
  readonly title: string;
  readonly caption: string;
  /** What the first column has. */
  readonly of: string;
  /** The other columns; they are aligned as numbers are. */
  readonly numbers: readonly string[];
  /** A `<tr>` each. */
  readonly rows: readonly Html[];
}

export function titledTable({ title, caption, of, numbers, rows }: TitledTable): Html {
  const heads = numbers.map((number) =>
    html`
      <th scope="col" class="n">${number}</th>
    `
  );
  const table = html`
    <table>
      <caption>${caption}</caption>
      <thead>
        <tr>
          <th scope="col">${of}</th>${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  `;
  return html`
    <h2>${title}</h2>${scrolling(title, table)}
  `;
}

/** Wide tables scroll in their own place, by the keyboard too. */
export const scrolling = (label: string, table: Html): Html =>
  html`
    <div class="scroll" tabindex="0" role="region" aria-label="${label}">${table}</div>
  `;
