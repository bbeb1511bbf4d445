import assert from "node:assert/strict";
import { barsText, page, parseReasons } from "./page.ts";
import { atMost, type KeptSection, keptSections } from "./results.ts";

const REASONS = parseReasons(`# Why

What this is.

## slow / tcpdump's

tcpdump looks at nothing.
What was tried: less.

## never missed

Old news.

## _flows-10k_ twice

The machine.
`);

const SECTION: KeptSection = {
  title: "Reading",
  text: "Some words.",
  bars: [atMost("slow / tcpdump's", 2, 3), atMost("never missed", 2, 1)],
  date: "2026-01-01 10:00",
  machine: "a machine",
  versions: ["Deno 2", "tcpdump 4"],
  load: "1.0 1.0 1.0",
};

Deno.test("a missed bar has its reason below the table, a met one has none", () => {
  const missed = [atMost("*flows-10k* twice", 1, 2), atMost("unknown", 1, 2)];
  const text = barsText([...SECTION.bars, ...missed], REASONS);
  assert.match(text, /^\| slow \/ tcpdump's \| at most 2\.00 \| 3\.00 \| \*\*no\*\* \|$/m);
  assert.match(text, /^- slow \/ tcpdump's: tcpdump looks at nothing\. What was tried: less\.$/m);
  assert.match(text, /^- \*flows-10k\* twice: The machine\.$/m);
  assert.match(text, /^- unknown: no reason is written down yet/m);
  assert.doesNotMatch(text, /Old news/);
  assert.doesNotMatch(barsText([SECTION.bars[1]!], REASONS), /Not met/);
});

Deno.test("the page tells of each part when, and on what where that differs", () => {
  const old = { ...SECTION, title: "Old", machine: "another", versions: ["Deno 1", "tcpdump 4"] };
  const text = page([old, { ...SECTION, date: "2026-02-01 10:00" }], REASONS);
  assert.match(text, /^Machine: a machine\.\n- Deno 2\n- tcpdump 4$/m);
  assert.match(text, /## Old\n\nSome words\.\n\n\(2026-01-01 10:00 UTC; [^)]*; another; Deno 1\)/);
  assert.match(text, /## Reading\n\nSome words\.\n\n\(2026-02-01 10:00 UTC; [^;)]*\)/);
});

Deno.test("docs/measured.md is made of what was measured last, and of the reasons", () => {
  const here = (path: string) => new URL(path, import.meta.url);
  const measured = Deno.readTextFileSync(here("../../docs/measured.md"));
  const parts = [...Deno.readDirSync(here("results"))].map(({ name }) => name.split(".")[0]!);
  const place = ({ title }: KeptSection) => measured.indexOf(`\n## ${title}\n`);
  const sections = keptSections(parts).toSorted((a, b) => place(a) - place(b));
  const reasons = parseReasons(Deno.readTextFileSync(here("reasons.md")));
  assert.equal(measured, page(sections, reasons), "deno task bench --page makes it");
});
