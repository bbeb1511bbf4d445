import assert from "node:assert/strict";
import { domainOf } from "../../hosts/domains.ts";
import { exampleHost, exampleInspection, hitsBy } from "../../outputs/example.ts";
import { FakeUser, hostsWithHits } from "../testing.ts";
import { headerLines } from "../view/header.ts";
import { lineText } from "../view/line.ts";

const THREE = { "a.test": 30, "b.test": 20, "c.test": 10 };

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}.test`, count - i]));
}

Deno.test("rows are sorted in descending order; S reverses, s sorts by the next column", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE));
  assert.deepEqual(user.names, ["a.test", "b.test", "c.test"]);
  assert.deepEqual(user.press("S").names, ["c.test", "b.test", "a.test"]);
  user.press("<");
  assert.equal(user.state.table.sort, "host");
  assert.deepEqual(user.names, ["a.test", "b.test", "c.test"]);
  assert.equal(user.press("s").state.table.sort, "requests_handshakes");
});

Deno.test("the selected host stays selected while rows move", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j");
  assert.equal(user.selected, "b.test");
  user.sees(hostsWithHits({ ...THREE, "b.test": 99 }));
  assert.deepEqual(user.names, ["b.test", "a.test", "c.test"]);
  assert.equal(user.selected, "b.test");
});

Deno.test("without a selection the first row is selected, also after g", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE));
  assert.equal(user.selected, "a.test");
  assert.equal(user.sees(hostsWithHits({ ...THREE, "c.test": 99 })).selected, "c.test");
  user.press("j", "g").sees(hostsWithHits(THREE));
  assert.equal(user.selected, "a.test");
});

Deno.test("when the selected host is gone, its neighbour is selected", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j");
  user.sees(hostsWithHits({ "a.test": 30, "c.test": 10 }));
  assert.equal(user.selected, "c.test");
  assert.equal(user.sees([]).selected, null);
  assert.equal(user.press("j", "G", " ", "enter", "pagedown").selected, null);
});

Deno.test("moving scrolls no more than needed, and stops at both ends", () => {
  const user = new FakeUser({}, 80, 14).sees(hostsWithHits(many(30)));
  assert.equal(user.table.length, 11, "ten rows under their titles");
  user.press("pagedown");
  assert.equal(user.selected, "h9.test");
  assert.equal(user.state.table.top, 0);
  user.press("down");
  assert.equal(user.state.table.top, 1);
  user.press("G");
  assert.equal(user.selected, "h29.test");
  assert.equal(user.state.table.top, 20);
  assert.equal(user.press("down", "pagedown").selected, "h29.test");
  assert.equal(user.press("pageup", "pageup", "pageup", "pageup", "k").selected, "h0.test");
});

Deno.test("the selected row stays visible in a smaller terminal", () => {
  const user = new FakeUser({}, 80, 30).sees(hostsWithHits(many(30))).press("G");
  user.happens({ type: "resized", size: { columns: 60, rows: 15 } });
  assert.ok(user.table.at(-1)!.startsWith("›"), user.table.join("\n"));
  user.happens({ type: "resized", size: { columns: 60, rows: 50 } });
  assert.equal(user.state.table.top, 0);
});

Deno.test("/ filters while typing, Enter keeps the filter, Esc clears it", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2, "b.net": 1 }));
  user.press("/").type("TE");
  assert.deepEqual(user.names, ["shop.test", "api.test"]);
  user.type("st").press("backspace", "enter").type("j");
  assert.equal(user.state.table.filter?.text, "TEs");
  assert.equal(user.selected, "api.test", "j is a key again");
  assert.deepEqual(user.press("escape").names, ["shop.test", "api.test", "b.net"]);
  user.press("/").type("net").press("escape");
  assert.equal(user.names.length, 3);
});

Deno.test("a filter can be a regular expression, also while it is incomplete", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2, "b.net": 1 }));
  user.press("/").type("~^(api|b");
  assert.equal(user.names.length, 3);
  assert.equal(user.state.prompt?.kind === "filter" && user.state.prompt.note !== "", true);
  user.type(")");
  assert.deepEqual(user.names, ["api.test", "b.net"]);
});

Deno.test("d groups by main domain, with sums; Enter opens one, ← closes it", () => {
  const user = new FakeUser().sees(
    hostsWithHits({ "www.bbc.co.uk": 3, "news.bbc.co.uk": 2, "gov.uk": 4 }),
  );
  user.press("d");
  assert.deepEqual(user.effects, [{ type: "load-domains" }]);
  user.happens({ type: "domains", domainOf });
  assert.deepEqual(user.names, ["bbc.co.uk", "gov.uk"]);
  assert.match(user.table[1]!, /bbc\.co\.uk \(2\) +5 /);
  user.press("enter");
  assert.deepEqual(user.names, ["www.bbc.co.uk", "news.bbc.co.uk"]);
  user.press("left");
  assert.deepEqual(user.names, ["bbc.co.uk", "gov.uk"]);
  assert.equal(user.press("d").names.length, 3);
});

Deno.test("p pauses; resuming refreshes at once", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("p");
  user.sees(hostsWithHits({ "new.test": 1 }));
  assert.equal(user.names.length, 3);
  assert.deepEqual(user.press("p").effects, [{ type: "refresh" }]);
  assert.deepEqual(user.sees(hostsWithHits({ "new.test": 1 })).names, ["new.test"]);
});

Deno.test("r asks before it resets the counters, and refuses after the capture has ended", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("r", "escape");
  assert.deepEqual(user.effects, []);
  assert.deepEqual(user.press("r", "enter").effects, [{ type: "reset" }]);
  user.happens({ type: "ended", failure: null }).press("r");
  assert.equal(user.state.prompt, null);
  assert.match(user.state.notice!.text, /ended/);
});

Deno.test("Enter opens a host, Esc returns to its row", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j", "enter");
  assert.deepEqual(user.effects, [{ type: "inspect", host: "b.test" }]);
  assert.equal(user.state.page?.kind, "host");
  user.happens({ type: "inspected", inspection: exampleInspection("a.test") });
  assert.equal(user.state.inspection, null, "an answer about another host is late");
  user.press("escape");
  assert.equal(user.state.page, null);
  assert.equal(user.selected, "b.test");
});

Deno.test("q and Ctrl-C quit, but in a prompt q is a letter", () => {
  for (const keys of [["q"], ["?", "q"], ["enter", "q"], ["/", "q", "ctrl+c"]]) {
    const user = new FakeUser().sees(hostsWithHits(THREE)).press(...keys);
    assert.deepEqual(user.effects.at(-1), { type: "quit" }, keys.join());
  }
});

Deno.test("a failure is shown until a key is pressed, other notices for six seconds", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE));
  user.happens({ type: "ended", failure: "eth0 went down" });
  for (let i = 0; i < 20; i++) user.sees(hostsWithHits(THREE));
  assert.equal(user.state.notice?.text, "eth0 went down");
  user.press("j").happens({ type: "notice", text: "written", bad: false, now: user.state.now });
  assert.equal(user.sees([]).state.notice?.text, "written");
  for (let i = 0; i < 20; i++) user.sees([]);
  assert.equal(user.state.notice, null);
});

/** Seen in different ways: "dns.test" only by queries. */
const MIXED = [
  exampleHost("dns.test", { hits: hitsBy({ dns: 9 }) }),
  exampleHost("web.test", { hits: hitsBy({ http: 1, tls: 2, quic: 1 }) }),
  exampleHost("both.test", { hits: hitsBy({ http: 1, dns: 7 }) }),
];

Deno.test("rows are sorted by requests plus handshakes, not by DNS queries", () => {
  const user = new FakeUser().sees(MIXED);
  assert.deepEqual(user.names, ["web.test", "both.test", "dns.test"]);
  assert.match(user.table[0]!, /req\+tls▼ +hits/);
  assert.match(user.table[1]!, /web\.test +4 +4 /);
});

Deno.test("n hides the hosts seen only in DNS, and shows them again", () => {
  const user = new FakeUser().sees(MIXED).press("a", "n");
  assert.deepEqual(user.names, ["web.test", "both.test"]);
  assert.match(lineText(headerLines(user.state)[1]!), /3 hosts +1 hidden \(DNS only\)/);
  user.press("x", "n");
  assert.deepEqual(user.exported, ["dns.test"], "a hidden host is not shown, so x leaves it alone");
  user.press("n").sees([MIXED[0]!]);
  assert.match(user.table[1]!, /only DNS queries.*Press n/);
});

Deno.test("errors are sorted by their count, though shown as a share", () => {
  const host = (name: string, errors: number, count: number) =>
    exampleHost(name, {
      hits: hitsBy({ http: count }),
      errors,
      requests: [{ method: "GET", code: "200", version: "1.1", count }],
    });
  const user = new FakeUser().sees([host("few.test", 1, 2), host("many.test", 20, 100)]);
  user.press("s", "s", "s", "s");
  assert.equal(user.state.table.sort, "error_share");
  assert.deepEqual(user.names, ["many.test", "few.test"]);
  assert.match(user.table[1]!, / 20% /);
});

Deno.test("c hides the column that rows are sorted by, C shows all", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("c");
  assert.doesNotMatch(user.table[0]!, /req\+tls/);
  assert.equal(user.state.table.sort, "hits");
  user.press("C");
  assert.match(user.table[0]!, /req\+tls +hits▼/);
  user.press("<", "<", "c");
  assert.equal(user.state.table.sort, "host");
  assert.match(user.state.notice!.text, /cannot be hidden/);
});

Deno.test("y copies the name of the selected row, or of the open host", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j", "y");
  assert.deepEqual(user.effects, [{ type: "copy", text: "b.test" }]);
  user.press("enter").sees(hostsWithHits({ "a.test": 9 })).press("y");
  assert.deepEqual(user.effects.at(-1), { type: "copy", text: "b.test" });
  assert.deepEqual(new FakeUser().press("y").effects, []);
});
