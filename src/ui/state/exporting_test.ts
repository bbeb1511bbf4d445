import assert from "node:assert/strict";
import { domainOf } from "../../hosts/domains.ts";
import { isExported } from "../../hosts/exports.ts";
import { busyHost } from "../../outputs/example.ts";
import { FakeUser, hostsWithHits } from "../testing.ts";

const THREE = { "a.test": 30, "b.test": 20, "c.test": 10 };

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
  assert.ok(user.table[1]!.includes("◐"), user.table[1]!);
  assert.ok(user.press(" ").table[1]!.includes("●"));
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
