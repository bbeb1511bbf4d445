// As much of Markdown as the project's own pages use: headings, tables, fenced blocks.

/** The project's folder, with a slash at its end. */
export const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);

/** Every page for people. */
export const PAGES = ["README.md", "CHANGELOG.md", ...pagesIn("docs"), ...pagesIn(".github")];

function pagesIn(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".md"));
}

/** The text of a file of the project. */
export function read(path: string): string {
  return Deno.readTextFileSync(ROOT + path);
}

/** What stands between ``` and ```, or as many backticks as it takes. */
export interface Block {
  /** The word after ```, "" without one. */
  readonly language: string;
  /** Its lines, each with its end. */
  readonly text: string;
}

/** The blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^(`{3,})(\w*)\n(.*?)^\1$/gms)]
    .map(([, , language, text]) => ({ language: language!, text: text! }));
}

/** A heading, and what stands below it up to the next heading of its level or above. */
export interface Section {
  /** Without backticks. */
  readonly title: string;
  readonly text: string;
}

/** The sections of a level (2 for "##"), in their order. */
export function sectionsOf(page: string, level: number): Section[] {
  const sections: { title: string; text: string }[] = [];
  let fenced = false;
  let open = false;
  for (const line of page.split("\n")) {
    if (line.startsWith("```")) fenced = !fenced;
    const marks = fenced ? undefined : /^#+(?= )/.exec(line)?.[0].length;
    if (marks !== undefined && marks <= level) {
      open = marks === level;
      if (open) sections.push({ title: line.slice(level + 1).replaceAll("`", ""), text: "" });
    } else if (open) sections.at(-1)!.text += `${line}\n`;
  }
  return sections;
}

/** The section of that title. Throws if there is none. */
export function sectionOf(page: string, level: number, title: string): string {
  const found = sectionsOf(page, level).find((section) => section.title === title);
  if (found === undefined) throw new Error(`there is no heading "${title}"`);
  return found.text;
}

/** Cells of a row, without the blanks around them. */
export type Row = readonly string[];

/** The tables of a page: rows below the head, in their order. */
export function tablesOf(page: string): Row[][] {
  return [...page.matchAll(/^(?:\|.*\|\n)+/gm)]
    .map(([text]) => text.trimEnd().split("\n").slice(2).map(cells));
}

/** A bar in a cell is written "\|". */
function cells(line: string): Row {
  return line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** The line of a table with these cells, as to be pasted. */
export function rowText(row: Row): string {
  return `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/**
 * What has to change in a table so that it has the rows `expected`, in that order; "" if nothing has.
 * `where` names the table.
 */
export function tableDifference(
  where: string,
  found: readonly Row[],
  expected: readonly Row[],
): string {
  const has = new Set(found.map(rowText));
  const wanted = new Set(expected.map(rowText));
  const lines = [
    ...[...wanted].filter((row) => !has.has(row)).map((row) => `add    ${row}`),
    ...[...has].filter((row) => !wanted.has(row)).map((row) => `remove ${row}`),
  ];
  if (lines.length === 0 && found.map(rowText).join() !== expected.map(rowText).join()) {
    lines.push("put the rows in this order:", ...wanted);
  }
  return lines.length === 0 ? "" : `${where} differs from the code:\n${lines.join("\n")}\n`;
}
