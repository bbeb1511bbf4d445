import assert from "node:assert/strict";
import { type Contact, Contacts, dnsProblem, isUnread } from "./contacts.ts";

const ENCODER = new TextEncoder();

/** The contacts of some events, and what was told of them. */
function contactsOf(...events: Record<string, unknown>[]) {
  const told: string[] = [];
  const contacts = new Contacts(({ host }, kind) => told.push(`${host} ${kind}`));
  const lines = events.map((event) => JSON.stringify({ ts: 1, dst: "192.0.2.1", ...event }));
  contacts.add(ENCODER.encode(lines.map((line) => `${line}\n`).join("")));
  return { told, contacts, all: contacts.inOrder() };
}

const named = (all: readonly Contact[]) => all.map(({ host }) => host);

Deno.test("hosts are told once, and listed in the order of their first packet", () => {
  const { told, all } = contactsOf(
    { kind: "tls", host: "b.test", ts: 3 },
    { kind: "dns", host: "a.test", ts: 2, rcode: "NOERROR", answers: ["192.0.2.1"] },
    { kind: "http", host: "b.test", ts: 1, status: 200, tls: "1.3" },
    { kind: "quic", host: "", ts: 4 },
  );
  assert.deepEqual(told, ["b.test tls", "a.test dns", "192.0.2.1 quic"]);
  assert.deepEqual(named(all), ["b.test", "a.test", "192.0.2.1"]);
  assert.deepEqual(all.map(isUnread), [false, false, true]);
});

Deno.test("names that lead nowhere say why", () => {
  const dns = (host: string, rcode: string | null, answers: string[] = []) => ({
    ...{ kind: "dns", host, rcode, answers },
  });
  const { all } = contactsOf(
    dns("none.test", "NXDOMAIN"),
    dns("silent.test", null),
    dns("empty.test", "NOERROR"),
    dns("late.test", null),
    dns("late.test", "NOERROR", ["192.0.2.9"]),
    dns("known.test", "SERVFAIL"),
    { kind: "http", host: "known.test", status: null },
  );
  const problems = Object.fromEntries(all.map((each) => [each.host, dnsProblem(each)]));
  assert.deepEqual(problems, {
    "none.test": "NXDOMAIN",
    "silent.test": "no answer",
    "empty.test": "no address",
    "late.test": null,
    "known.test": null,
  });
});

Deno.test("past 10,000 hosts none is kept, but each is told", () => {
  const events = Array.from({ length: 10_005 }, (_, i) => ({ kind: "dns", host: `${i}.test` }));
  const { told, contacts, all } = contactsOf(...events, { kind: "dns", host: "10004.test" });
  assert.equal(all.length, 10_000);
  assert.equal(contacts.unkept, 6);
  assert.equal(told.filter((each) => each === "10004.test dns").length, 2);
});
