import assert from "node:assert/strict";
import { exportHosts, NO_EXPORTS, unexportHosts } from "../hosts/exports.ts";
import { exampleHost, hitsBy } from "../outputs/example.ts";
import type { ScreenState } from "../ui/state/state.ts";
import { ExtractionFile } from "./extraction_file.ts";

const HEAD = "INDEX\tDOMAIN\tHITS\tIP\tCITY\n";
const HOSTS = ["a.test", "b.test", "c.test"].map((name) =>
  exampleHost(name, { hits: hitsBy({ http: 1 }) })
);

/** A screen on which the hosts have numbers, and these are exported. */
function screen(...names: string[]): ScreenState {
  const numbers = new Map(HOSTS.map(({ name }, i) => [name, i + 1]));
  return {
    exports: exportHosts(NO_EXPORTS, names),
    hostNumbers: { numbers },
  } as unknown as ScreenState;
}

async function withPath(test: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(`${folder}/picked.tsv`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = (path: string) =>
  new ExtractionFile(path, { home: "/none", ids: null, isHomeTheirs: true }, {
    ip: false,
    place: null,
  });

const isThere = (path: string) => [...Deno.readDirSync(path.replace(/\/[^/]*$/, ""))].length > 0;

Deno.test("extraction file: where nothing is exported, nothing is written", () =>
  withPath((path) => {
    const file = open(path);
    assert.equal(file.writeAtEnd(HOSTS, screen()), null);
    assert.match(file.write(HOSTS, screen()), /^No host is exported/);
    assert.equal(isThere(path), false);
    Deno.writeTextFileSync(path, `${HEAD}7\told.test\t9\t\t\n`);
    assert.equal(open(path).writeAtEnd(HOSTS, screen()), null);
    assert.match(Deno.readTextFileSync(path), /old\.test/);
  }));

Deno.test("extraction file: what is there from before stays, with new numbers if it is exported again", () =>
  withPath((path) => {
    Deno.writeTextFileSync(path, `${HEAD}7\told.test\t9\t192.0.2.1\tOslo\n8\ta.test\t5\t\t\n`);
    Deno.chmodSync(path, 0o644);
    const message = open(path).write(HOSTS, screen("a.test", "c.test"));
    assert.match(message, /^2 hosts written to .*picked\.tsv, beside 1 from before$/);
    assert.equal(
      Deno.readTextFileSync(path),
      `${HEAD}1\ta.test\t1\t\t\n3\tc.test\t1\t\t\n7\told.test\t9\t192.0.2.1\tOslo\n`,
    );
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
  }));

Deno.test("extraction file: each host has a number of its own, which it keeps", () =>
  withPath((path) => {
    Deno.writeTextFileSync(path, `${HEAD}1\told.test\t9\t\t\n2\tolder.test\t5\t\t\n`);
    const file = open(path);
    const exported = "1\ta.test\t1\t\t\n3\tc.test\t1\t\t\n";
    for (const _ of ["w", "w again"]) {
      file.write(HOSTS, screen("a.test", "c.test"));
      assert.equal(
        Deno.readTextFileSync(path),
        `${HEAD}${exported}4\told.test\t9\t\t\n2\tolder.test\t5\t\t\n`,
      );
    }
    const late = exampleHost("late.test", { hits: hitsBy({ http: 1 }) });
    file.write([...HOSTS, late], screen("a.test", "c.test", "late.test"));
    assert.match(Deno.readTextFileSync(path), /^5\tlate\.test\t/m);
  }));

Deno.test("extraction file: what the user stops to export is taken out", () =>
  withPath((path) => {
    Deno.writeTextFileSync(path, `${HEAD}7\told.test\t9\t\t\n8\tb.test\t5\t\t\n`);
    const file = open(path);
    const begun = screen("b.test");
    file.startWith(begun.exports);
    file.write(HOSTS, { ...begun, exports: exportHosts(begun.exports, ["a.test"]) });
    assert.equal(
      Deno.readTextFileSync(path),
      `${HEAD}1\ta.test\t1\t\t\n2\tb.test\t1\t\t\n7\told.test\t9\t\t\n`,
    );
    const exports = unexportHosts(begun.exports, ["b.test"]);
    assert.match(
      file.writeAtEnd(HOSTS, { ...begun, exports })!,
      /^0 hosts written .* 1 from before$/,
    );
    assert.equal(Deno.readTextFileSync(path), `${HEAD}7\told.test\t9\t\t\n`);
  }));

Deno.test("extraction file: what is no extraction file is never replaced", () =>
  withPath((path) => {
    const notes = "my notes\n";
    Deno.writeTextFileSync(path, notes);
    assert.throws(
      () => open(path),
      /^UserError: .*picked\.tsv is not an extraction file and is left/,
    );
    Deno.removeSync(path);
    const file = open(path);
    Deno.writeTextFileSync(path, notes);
    assert.throws(() => file.write(HOSTS, screen("a.test")), /is not an extraction file/);
    assert.equal(Deno.readTextFileSync(path), notes);
  }));
