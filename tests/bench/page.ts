// docs/measured.md: the bars, why some are not met, and the newest tables of each part.

import { type Bar, type KeptSection, table } from "./results.ts";

/** What was found out about bars that are not met, by the name of the bar. */
export type Reasons = ReadonlyMap<string, string>;

const NO_REASON = "no reason is written down yet, see tests/bench/reasons.md";

/** Reads Markdown of which each heading of the second level names a bar, and its text says why. */
export function parseReasons(markdown: string): Reasons {
  const [, ...chapters] = markdown.split(/^## /m);
  return new Map(chapters.map((chapter) => {
    const [name = "", ...lines] = chapter.split("\n");
    // deno fmt turns the stars of names of inputs into underscores.
    return [
      name.trim().replace(/_([\w-]+?)_/g, "*$1*"),
      lines.join(" ").replace(/\s+/g, " ").trim(),
    ];
  }));
}

/** The bars of all parts. */
export const allBars = (sections: readonly KeptSection[], reasons: Reasons): string =>
  barsText(sections.flatMap(({ bars }) => bars), reasons);

/** The whole page. `sections` has at least one. */
export function page(sections: readonly KeptSection[], reasons: Reasons): string {
  const newest = sections.toSorted((a, b) => a.date.localeCompare(b.date)).at(-1)!;
  return `# How fast webstat is

Made by \`deno task bench\`; do not edit. Whole processes, medians of runs in turn, webstat compiled.

Machine: ${newest.machine}.
${newest.versions.map((line) => `- ${line}`).join("\n")}

## The bars

${allBars(sections, reasons)}

${sections.map((section) => sectionText(section, newest)).join("\n\n")}
`;
}

/** The table of the bars, and below it why some are not met. */
export function barsText(bars: readonly Bar[], reasons: Reasons): string {
  const rows = bars.map(({ what, bar, measured, met }) => [
    what,
    bar,
    measured,
    met ? "yes" : "**no**",
  ]);
  const missed = bars.filter(({ met }) => !met)
    .map(({ what }) => `- ${what}: ${reasons.get(what) ?? NO_REASON}`);
  const why = missed.length > 0 ? `\n\nNot met, and why:\n\n${missed.join("\n")}` : "";
  return table(["what", "bar", "measured", "met"], rows) + why;
}

function sectionText(section: KeptSection, newest: KeptSection): string {
  const { title, text, date, load, machine, versions } = section;
  const others = [
    ...(machine === newest.machine ? [] : [machine]),
    ...versions.filter((version) => !newest.versions.includes(version)),
  ];
  const notes = [`${date} UTC`, `load of the machine at the end: ${load}`, ...others];
  return `## ${title}\n\n${text}\n\n(${notes.join("; ")})`;
}
