import assert from "node:assert/strict";
import { Tickets, TicketStream } from "./tickets.ts";

Deno.test("a ticket is one character, the same for the same line, and resolves to it", () => {
  const tickets = new Tickets();
  const lines = ["", "one", "\x1b[1mtwo\x1b[0m 漢字", "one"];
  const given = lines.map((line) => tickets.ticket(line));
  assert.deepEqual(given.map(({ length }) => length), [0, 1, 1, 1]);
  assert.equal(given[1], given[3]);
  assert.notEqual(given[1], given[2]);
  assert.equal(tickets.resolve(`\x1b[2K${given.join("\n")}`), `\x1b[2K${lines.join("\n")}`);
});

Deno.test("lines that are still drawn keep their tickets when many others come and go", () => {
  const tickets = new Tickets();
  const kept = tickets.ticket("kept");
  for (let i = 0; i < 20_000; i++) {
    const line = `line ${i}`;
    const ticket = tickets.ticket(line);
    assert.equal(tickets.ticket("kept"), kept);
    assert.notEqual(ticket, kept);
    assert.equal(tickets.resolve(ticket + kept), `${line}kept`);
  }
});

Deno.test("private-use characters from the wire are not taken for tickets", () => {
  const tickets = new Tickets();
  tickets.ticket("first");
  const hostile = "\ue000\uf8ff";
  assert.equal(tickets.resolve(tickets.ticket(hostile)), hostile);
});

Deno.test("the stream replaces the tickets that Ink writes by lines", () => {
  let written = "";
  const stdout = { isTTY: true, rows: 24, columns: 80, write: (text: string) => written += text };
  const tickets = new Tickets();
  const stream = new TicketStream(stdout as unknown as NodeJS.WriteStream, tickets);
  stream.write(`\x1b[1G${tickets.ticket("a line")}`);
  assert.equal(written, "\x1b[1Ga line");
  assert.deepEqual([stream.columns, stream.rows, stream.isTTY], [1, 24, true]);
});
