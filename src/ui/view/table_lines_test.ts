import assert from "node:assert/strict";
import { COLUMNS, viewOf } from "../../hosts/columns.ts";
import { busyHost, exampleHost, hitsBy } from "../../outputs/example.ts";
import { frameOf } from "./frame.ts";
import { lineText } from "./line.ts";
import { FakeUser, hostsWithHits } from "../testing.ts";
import { widthOf } from "../../text_width.ts";

const PLACES = { ip: true, place: () => ({ city: "São Paulo", country: "BR" }) };

Deno.test("columns are left out in a fixed order, and no line is too long", () => {
  const view = viewOf(PLACES, COLUMNS, "terminal");
  let before = 99;
  for (let columns = 240; columns >= 30; columns -= 5) {
    const user = new FakeUser({ view }, columns, 15).sees([busyHost("www.example.com")]);
    for (const line of user.table) assert.ok(widthOf(line) <= columns, `${columns}: "${line}"`);
    const placed = user.state.placed.map(({ column }) => column.key);
    assert.ok(placed.length <= before, `${columns} columns`);
    before = placed.length;
    if (columns >= 60) {
      for (const key of ["host", "hits", "rate", "received_bytes"]) {
        assert.ok(placed.includes(key), `${key} at ${columns}`);
      }
    }
    assert.ok(placed.includes("host") && placed.includes("exported"));
  }
});

Deno.test("columns stay aligned with wide and combining characters", () => {
  const user = new FakeUser().sees(
    hostsWithHits({ "plain.example": 33, "例え.テスト": 22, "mu\u0308nchen.example": 11 }),
  );
  const at = user.table[1]!.indexOf(" 33 ");
  for (const [i, hits] of [[2, " 22 "], [3, " 11 "]] as const) {
    const line = user.table[i]!;
    assert.equal(widthOf(line.slice(0, line.indexOf(hits))), at, line);
  }
});

Deno.test("internationalized names are shown in Unicode beside their encoded form", () => {
  const user = new FakeUser().sees(
    hostsWithHits({ "xn--mnchen-3ya.de": 2, "xn--pple-43d.com": 1 }),
  );
  assert.match(user.table[1]!, / xn--mnchen-3ya\.de = münchen\.de +2 /);
  assert.match(user.table[2]!, / xn--pple-43d\.com +1 /, "its scripts are mixed");
  user.press("enter");
  const [, , title] = [...frameOf(user.state).header, ...frameOf(user.state).body].map(lineText);
  assert.match(title!, /^#1 xn--mnchen-3ya\.de = münchen\.de {2}first seen/);
});

Deno.test("control characters in names from the wire are escaped", () => {
  const hostile = "\x1b[2J\u202eevil\u0000.test";
  const view = viewOf(
    { ip: false, place: () => ({ city: hostile, country: "" }) },
    COLUMNS,
    "terminal",
  );
  const host = exampleHost("a.test", {
    addresses: [{ ip: "192.0.2.1", hits: hitsBy({ http: 1 }) }],
  });
  const lines = new FakeUser({ view }, 200).sees([host]).table.join("");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(lines, /[\x00-\x1f\x7f-\x9f\u202e]/);
  assert.match(lines, /\\u\{1b\}/);
});

Deno.test("a column added to COLUMNS appears in the terminal", () => {
  const view = viewOf({ ip: false, place: null }, [...COLUMNS, {
    of: "host",
    key: "label_count",
    title: "labels",
    help: "How many labels the name has.",
    kind: "count",
    priority: 1,
    value: (host) => host.name.split(".").length,
  }], "terminal");
  const user = new FakeUser({ view }, 160).sees(hostsWithHits({ "a.b.c.test": 1 }));
  assert.match(user.table[0]!, /labels$/);
  assert.match(user.table[1]!.trimEnd(), / 4$/);
});

Deno.test("an empty table says why it is empty", () => {
  assert.match(new FakeUser().table[1]!, /Waiting/);
  assert.match(new FakeUser({ live: false }).table[1]!, /Reading/);
  const ended = new FakeUser({ live: false }).sees([]).happens({ type: "ended", failure: null });
  assert.match(ended.table[1]!, /No web host was seen/);
  const user = new FakeUser().sees(hostsWithHits({ "a.test": 1 })).press("/").type("x");
  assert.match(user.table[1]!, /No host matches/);
});
