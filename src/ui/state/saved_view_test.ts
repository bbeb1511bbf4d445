import assert from "node:assert/strict";
import * as fc from "fast-check";
import { domainOf } from "../../hosts/domains.ts";
import { isExported } from "../../hosts/exports.ts";
import { matcher } from "../../hosts/matcher.ts";
import { FakeUser, hostsWithHits, SETTING } from "../testing.ts";
import { isCounted, VIEWS } from "./grouping.ts";
import { needsDomains, parseSavedView, restoreView, savedText } from "./saved_view.ts";
import { initialState, type ScreenState } from "./state.ts";

const SIZE = { columns: 100, rows: 24 };
const HOSTS = hostsWithHits({ "www.bbc.co.uk": 5, "shop.test": 4, "api.test": 3, "other.test": 2 });

/** What the next start begins with. */
function restart(state: ScreenState): ScreenState {
  const saved = parseSavedView(savedText(state, []));
  assert.ok(saved !== null);
  return restoreView(initialState(SETTING, SIZE), saved, needsDomains(saved) ? domainOf : null);
}

const exported = (state: ScreenState): string[] =>
  HOSTS.map(({ name }) => name).filter((name) => isExported(state.exports, name));

Deno.test("exports come back: hosts, patterns, domains, and those taken out of them", () => {
  const user = new FakeUser().sees(HOSTS);
  user.press("e").type("test").press("enter", "j", " ");
  assert.equal(user.selected, "shop.test");
  user.happens({ type: "domains", domainOf }).press("g", " ", "d");
  const next = restart(user.state);
  assert.deepEqual(exported(next), ["www.bbc.co.uk", "api.test", "other.test"]);
  assert.ok(isExported(next.exports, "news.bbc.co.uk") && isExported(next.exports, "new.test"));
  assert.equal(next.exportsBefore.length, 0, "there is nothing to undo yet");
});

Deno.test("sorting, columns and view come back, the filter does not", () => {
  const user = new FakeUser().sees(HOSTS).press("S", "s", "c", "n", "/").type("shop");
  user.press("enter").happens({ type: "domains", domainOf });
  const { table, placed } = restart(user.state);
  assert.deepEqual(
    [table.sort, table.descending, table.view === "domain", table.hidesDnsOnly, table.filter],
    [user.state.table.sort, true, true, true, null],
  );
  assert.deepEqual(
    placed.map(({ column }) => column.key),
    user.state.placed.map(({ column }) => column.key),
  );
  assert.ok(placed.every(({ column }) => column.key !== "hits"));
});

Deno.test("every view comes back, unless there is nothing to show in it", () => {
  const { state } = new FakeUser().sees(HOSTS);
  for (const view of VIEWS) {
    const text = savedText({ ...state, table: { ...state.table, view } }, []);
    const saved = parseSavedView(text)!;
    const fresh = initialState(SETTING, SIZE);
    assert.equal(restoreView(fresh, saved, domainOf).table.view, view);
    const views = VIEWS.filter((each) => isCounted(each, false, false));
    const isPlain = view === "host" || view === "domain";
    assert.equal(restoreView(fresh, saved, domainOf, views).table.view, isPlain ? view : "host");
  }
  const old = savedText(state, []).replace('"view": "host"', '"grouped": true');
  assert.equal(parseSavedView(old)?.view, "domain");
});

Deno.test("patterns of --export hold for one start only", () => {
  const given = [matcher("shop")];
  const exports = { ...initialState(SETTING, SIZE).exports, patterns: given };
  const state = initialState(SETTING, SIZE, exports);
  assert.deepEqual(parseSavedView(savedText(state, given))?.patterns, []);
  const saved = parseSavedView(savedText(state, []))!;
  assert.equal(restoreView(state, saved, null).exports.patterns.length, 1);
});

Deno.test("a damaged file is as none", () => {
  const text = savedText(new FakeUser().state, []);
  assert.ok(parseSavedView(text) !== null);
  for (const wrong of ["", "null", "[]", "{", text.slice(0, -3), text.replace("[]", "[1]")]) {
    assert.equal(parseSavedView(wrong), null, wrong);
  }
  assert.equal(parseSavedView(text.replace('"version": 1', '"version": 2')), null);
  const patterns = text.replace('"patterns": []', '"patterns": ["~(", "", "shop"]');
  assert.deepEqual(parseSavedView(patterns)?.patterns.map(({ text }) => text), ["shop"]);
  fc.assert(fc.property(fc.json(), (json) => {
    parseSavedView(json);
  }));
});

Deno.test("a column that is not there any more does not sort", () => {
  const text = savedText(new FakeUser().state, []).replace("requests_handshakes", "city");
  const { table } = restoreView(initialState(SETTING, SIZE), parseSavedView(text)!, null);
  assert.equal(table.sort, "requests_handshakes");
});
