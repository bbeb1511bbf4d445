import assert from "node:assert/strict";
import { domainOf } from "../../hosts/domains.ts";
import { isExported } from "../../hosts/exports.ts";
import { busyHost, exampleHost, exampleSnapshot } from "../../outputs/example.ts";
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

Deno.test("Space exports the selected host, and no longer when pressed again", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j", " ");
  assert.deepEqual(user.exported, ["b.test"]);
  assert.equal(user.state.exported, 1);
  assert.deepEqual(user.press(" ").exported, []);
});

Deno.test("a text exports all that contain it, and goes on", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2 }));
  user.press("e").type("shop").press("enter");
  assert.deepEqual(user.exported, ["shop.test"]);
  user.sees(hostsWithHits({ "shop.test": 3, "new-shop.test": 1 }));
  assert.deepEqual(user.exported, ["shop.test", "new-shop.test"]);
  assert.deepEqual(user.press("x").exported, []);
});

Deno.test("i exports by number, which does not depend on the order of rows", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("S");
  user.sees(hostsWithHits({ ...THREE, "new.test": 99 }));
  user.press("i").type("1,3-4").press("enter");
  assert.deepEqual(user.exported.sort(), ["a.test", "c.test", "new.test"]);
  user.press("i").type("77").press("enter");
  assert.match(user.state.notice!.text, /No row has the number 77/);
});

Deno.test("a exports what the filter shows", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2, "b.net": 1 }));
  user.press("/").type("test").press("enter", "a", "escape");
  assert.deepEqual(user.exported, ["shop.test", "api.test"]);
});

Deno.test("adding more than 200 series needs a confirmation", () => {
  const hosts = [1, 2, 3].map((i) => busyHost(`h${i}.test`));
  const user = new FakeUser().sees(hosts).press("a");
  const { prompt } = user.state;
  assert.ok(prompt?.kind === "question");
  assert.match(prompt.text, /^Export 3 more hosts, \d{3} series\?$/);
  assert.deepEqual(user.exported, []);
  assert.deepEqual(user.press("n").exported, []);
  assert.equal(user.press("a", "y").exported.length, 3);
  const file = new FakeUser({ metrics: null }).sees(hosts).press("a");
  assert.equal(file.exported.length, 3, "without /metrics there are no series");
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

Deno.test("exporting a domain exports its hosts, later ones too", () => {
  const user = new FakeUser().sees(hostsWithHits({ "www.a.test": 3, "b.test": 2 }));
  user.happens({ type: "domains", domainOf }).press(" ");
  assert.equal(isExported(user.state.exports, "later.a.test"), true);
  user.press("d");
  user.sees(hostsWithHits({ "www.a.test": 3, "b.test": 2, "later.a.test": 1 }));
  assert.deepEqual(user.exported, ["www.a.test", "later.a.test"]);
  user.press("d");
  assert.deepEqual(user.exported, ["a.test"]);
  assert.equal(user.press(" ").state.exported, 0);
});

Deno.test("a domain of which some hosts are exported says so, and Space exports the rest", () => {
  const user = new FakeUser().sees(hostsWithHits({ "www.a.test": 3, "api.a.test": 2 }));
  user.press(" ").happens({ type: "domains", domainOf });
  assert.ok(user.table[1]!.includes("◐"), user.table[1]);
  assert.ok(user.press(" ").table[1]!.includes("●"));
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
  const inspection = {
    host: "a.test",
    transactions: [],
    sent: new Float64Array(1),
    received: new Float64Array(1),
    until: 0,
    distributions: [],
  };
  user.happens({ type: "inspected", inspection });
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

Deno.test("rates are hits a second; those of a file are averages", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.test": 10 }));
  assert.equal(user.state.rows[0]!.rate, null, "one snapshot gives no rate");
  user.sees(hostsWithHits({ "a.test": 30 })).sees(hostsWithHits({ "a.test": 50 }));
  assert.equal(Math.round(user.state.rows[0]!.rate!), 20);
  for (let i = 0; i < 40; i++) user.sees(hostsWithHits({ "a.test": 50 }));
  assert.ok(user.state.rows[0]!.rate! < 0.1);
  const file = new FakeUser({ live: false }, 140);
  file.happens({
    type: "snapshot",
    now: 0,
    snapshot: exampleSnapshot({
      time: 11_000_000,
      traffic: { step: 1, first: 1, bytes: [20], from: 1_000_000 },
      hosts: [exampleHost("a.test", { hits: [20, 0, 0, 0] })],
    }),
  });
  assert.equal(file.state.rows[0]!.rate, 2);
  assert.match(file.table[1]!, / 2\/s .* 22:13:20 *$/, "and times are those of the capture");
});

Deno.test("low rates of a file are told by the minute or by the hour", () => {
  const rateOf = (seconds: number) => {
    const file = new FakeUser({ live: false }).sees(hostsWithHits({ "a.test": 9 }), {
      time: seconds * 1e6,
      traffic: { step: 1, first: 0, bytes: [1], from: 0 },
    });
    return /9 +9 +(\S+)/.exec(file.table[1]!)![1];
  };
  assert.deepEqual([18, 360, 36_000, 1e9].map(rateOf), ["0.5/s", "1.5/min", "0.9/h", "-"]);
});

Deno.test("x stops exporting the rows shown only, and u undoes it, change by change", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2, "b.net": 1 }));
  user.press("a", "/").type("net").press("enter", "x", "escape");
  assert.deepEqual(user.exported, ["shop.test", "api.test"]);
  assert.deepEqual(user.press("x").exported, []);
  assert.match(user.state.notice!.text, /^2 hosts no longer exported; u undoes it$/);
  assert.deepEqual(user.press("u").exported, ["shop.test", "api.test"]);
  assert.deepEqual(user.press("u").exported, ["shop.test", "api.test", "b.net"]);
  assert.match(user.state.notice!.text, /^Undone: 3 hosts exported$/);
  assert.deepEqual(user.press("u").exported, []);
  assert.match(user.press("u").state.notice!.text, /^No change/);
});

Deno.test("x without a filter ends patterns and domains, with a filter it keeps them", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.shop.test": 3, "b.shop.test": 2 }));
  user.press("e").type("shop").press("enter", "/").type("a.shop").press("enter", "x", "escape");
  user.sees(hostsWithHits({ "a.shop.test": 3, "b.shop.test": 2, "new.shop.test": 1 }));
  assert.deepEqual(user.exported, ["b.shop.test", "new.shop.test"]);
  user.press("x").sees(hostsWithHits({ "b.shop.test": 2, "later.shop.test": 1 }));
  assert.deepEqual(user.exported, []);
});

Deno.test("x in an open domain ends the export of the domain only", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.bbc.co.uk": 3, "b.test": 2 }));
  user.happens({ type: "domains", domainOf }).press("a", "enter", "x");
  user.sees(hostsWithHits({ "a.bbc.co.uk": 3, "later.bbc.co.uk": 1, "b.test": 2 })).press("left");
  assert.deepEqual(user.exported, ["b.test"]);
});

/** Seen in different ways: "dns.test" only by queries. */
const MIXED = [
  exampleHost("dns.test", { hits: [0, 0, 0, 9] }),
  exampleHost("web.test", { hits: [1, 2, 1, 0] }),
  exampleHost("both.test", { hits: [1, 0, 0, 7] }),
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
      hits: [count, 0, 0, 0],
      errors,
      requests: [{ method: "GET", code: "200", version: "1.1", count }],
    });
  const user = new FakeUser().sees([host("few.test", 1, 2), host("many.test", 20, 100)]);
  user.press("s", "s", "s", "s");
  assert.equal(user.state.table.sort, "error_share");
  assert.deepEqual(user.names, ["many.test", "few.test"]);
  assert.match(user.table[1]!, / 20% /);
});

Deno.test("q asks if the choice of exports would be lost", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("a", "q");
  assert.equal(user.state.prompt?.kind, "question");
  assert.deepEqual(user.press("n").effects, []);
  assert.deepEqual(user.press("q", "y").effects, [{ type: "quit" }]);
  for (const keys of [["q"], ["a", "x", "q"], ["a", "u", "q"], ["a", "ctrl+c"]]) {
    const nothingLost = new FakeUser().sees(hostsWithHits(THREE)).press(...keys);
    assert.deepEqual(nothingLost.effects, [{ type: "quit" }], keys.join());
  }
  const kept = new FakeUser({ keepsView: true }).sees(hostsWithHits(THREE)).press("a", "q");
  assert.deepEqual(kept.effects, [{ type: "quit" }]);
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

Deno.test("a click selects a row, another opens it; the wheel moves by three", () => {
  const user = new FakeUser({}, 80, 10).sees(hostsWithHits(many(30))).click(10, 3);
  assert.equal(user.selected, "h0.test");
  assert.equal(user.state.page, null, "the first row was not clicked before");
  assert.equal(user.click(10, 5).selected, "h2.test");
  assert.equal(user.click(10, 5).state.page?.kind, "host");
  assert.equal(user.click(10, 4).state.page?.kind, "host", "a page has nothing to click");
  user.press("escape").wheel("down");
  assert.equal(user.selected, "h5.test");
  assert.equal(user.wheel("up").wheel("up").selected, "h0.test");
});

Deno.test("a click on a title sorts by its column, another reverses the order", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE));
  const at = user.table[0]!.indexOf("host");
  assert.deepEqual(user.click(at, 2).names, ["a.test", "b.test", "c.test"]);
  assert.deepEqual(user.click(at, 2).names, ["c.test", "b.test", "a.test"]);
  assert.equal(user.state.table.sort, "host");
});

Deno.test("clicks beside rows and columns, and while a prompt is open, do nothing", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j");
  const before = user.state;
  for (const line of [0, 1, 7, 22, 23, 999]) user.click(10, line);
  user.click(0, 2).click(999, 2);
  assert.equal(user.state, before);
  assert.equal(user.press("/").click(10, 3).selected, "b.test");
});

Deno.test("pasted text is typed into a prompt, and never acts as keys", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2 }));
  user.happens({ type: "paste", text: "q x" });
  assert.deepEqual(user.effects, []);
  user.press("/").happens({ type: "paste", text: "sh\nop\r\x1b" });
  assert.deepEqual(user.names, ["shop.test"]);
  assert.equal(user.state.prompt?.kind === "filter" && user.state.prompt.text, "shop");
});

Deno.test("y copies the name of the selected row, or of the open host", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j", "y");
  assert.deepEqual(user.effects, [{ type: "copy", text: "b.test" }]);
  user.press("enter").sees(hostsWithHits({ "a.test": 9 })).press("y");
  assert.deepEqual(user.effects.at(-1), { type: "copy", text: "b.test" });
  assert.deepEqual(new FakeUser().press("y").effects, []);
});
