// Links between the pages lead somewhere, and the files of the project that they name are there.

import assert from "node:assert/strict";
import { PAGES, read, ROOT } from "./markdown.ts";

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** As the headings of a page are linked to. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)]
    .map(([, title]) => title!.toLowerCase().replaceAll(/[^\w -]/g, "").replaceAll(" ", "-"));

for (const path of PAGES) {
  const page = read(path);

  Deno.test(`${path}: its links lead to files, and to headings, that there are`, () => {
    for (const [, target] of page.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const { pathname, hash } = new URL(target!, `file://${ROOT}${path}`);
      assert.ok(isThere(decodeURIComponent(pathname)), target!);
      if (hash === "") continue;
      const anchors = anchorsOf(Deno.readTextFileSync(decodeURIComponent(pathname)));
      assert.ok(anchors.includes(hash.slice(1)), target!);
    }
  });

  // What the changelog names may be gone since.
  if (path === "CHANGELOG.md") continue;

  Deno.test(`${path}: the files of the project that it names are there`, () => {
    for (const [, name] of page.matchAll(/`((?:src|ffi|tests|scripts|docs)\/[\w./-]*)`/g)) {
      assert.ok(isThere(ROOT + name!), name!);
    }
  });
}
