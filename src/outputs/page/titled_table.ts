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
  return html`
    <h2>${title}</h2><table>
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
}
