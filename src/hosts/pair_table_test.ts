import assert from "node:assert/strict";
import { Random } from "../../tests/packets/random.ts";
import { MemoryLedger } from "../memory_ledger.ts";
import { sum } from "../sums.ts";
import { OTHER_HOST } from "./label_values.ts";
import {
  mergePairs,
  pairKey,
  pairLabels,
  type PairRow,
  PairTable,
  readPairs,
} from "./pair_table.ts";

/** Counts a connection with a hit and `bytes` in both directions. */
function count(table: PairTable, key: string, host: string, bytes = 1): void {
  const pair = table.of(key, host);
  pair.connections++;
  pair.bytesSent += bytes;
  pair.bytesReceived += 2 * bytes;
  pair.hits[1]!++;
}

const total = (rows: Iterable<PairRow>, of: (row: PairRow) => number): number =>
  sum([...rows].map(of));

Deno.test("pairs are counted one by one while there is room", () => {
  const table = new PairTable(10);
  for (let i = 0; i < 10; i++) count(table, `${i % 2}`, `${i}.example`);
  count(table, "0", "0.example");
  assert.equal(table.size, 10);
  assert.equal(table.of("0", "0.example").connections, 2);
  assert.equal(table.folded, 0);
});

Deno.test("sums are exact however many pairs there are, and never more than the limit are kept", () => {
  const random = new Random(7);
  for (const max of [1, 2, 5, 100]) {
    const table = new PairTable(max);
    let bytes = 0;
    for (let i = 0; i < 5000; i++) {
      count(table, `client${random.below(40)}`, `${random.below(300)}.example`, i);
      bytes += i;
      // The pair of ~other and ~other comes on top.
      assert.ok(table.size <= max + 1);
    }
    assert.equal(total(table, ({ connections }) => connections), 5000);
    assert.equal(total(table, ({ hits }) => hits[1]!), 5000);
    assert.equal(total(table, ({ bytesSent }) => bytesSent), bytes);
    assert.equal(total(table, ({ bytesReceived }) => bytesReceived), 2 * bytes);
  }
});

Deno.test("what a key loses stays with the key, if it has other pairs", () => {
  const table = new PairTable(10);
  for (let i = 0; i < 100; i++) {
    count(table, "node", "busy.example");
    count(table, "node", `${i}.example`);
  }
  assert.equal(
    total([...table].filter(({ key }) => key === "node"), (row) => row.connections),
    200,
  );
  assert.equal(table.of("node", "busy.example").connections, 100);
  assert.ok(table.of("node", OTHER_HOST).connections > 80);
});

Deno.test("a flood of keys is folded, what is used stays", () => {
  const table = new PairTable(50);
  for (let i = 0; i < 30; i++) count(table, "node", `${i % 3}.example`);
  for (let i = 0; i < 5000; i++) count(table, `10.0.${i >> 8}.${i & 255}`, "a.example");
  assert.equal(total([...table].filter(({ key }) => key === "node"), (row) => row.connections), 30);
  assert.ok(table.of(OTHER_HOST, OTHER_HOST).connections > 4900);
  assert.ok(table.folded > 4900);
});

Deno.test("pairs are charged, and folded if they take too much memory", () => {
  const table = new PairTable(5000);
  for (let i = 0; i < 5000; i++) count(table, `client${i}`, `${i}.example`);
  const roomy = new MemoryLedger(1 << 30);
  table.charge(roomy);
  assert.ok(roomy.held("pairs") > 5000 * 300);
  const narrow = new MemoryLedger(1 << 20);
  table.charge(narrow);
  assert.ok(table.size < 200);
  assert.equal(total(table, ({ connections }) => connections), 5000);
});

Deno.test("pairs come through packing, and those of several workers are added up", () => {
  const tables = [new PairTable(10), new PairTable(10)];
  for (const table of tables) count(table, pairKey("curl", "a.service"), "a.example", 5);
  count(tables[1]!, "curl", "b.example");
  const rows = mergePairs(tables.map((table) => readPairs(table.packed())));
  assert.equal(rows.length, 2);
  const { connections, bytesSent, hits } = rows[0]!;
  assert.deepEqual([connections, bytesSent, hits], [2, 10, [0, 2, 0, 0]]);
  assert.deepEqual(pairLabels(rows[0]!.key, 2), ["curl", "a.service"]);
  assert.deepEqual(pairLabels(OTHER_HOST, 2), [OTHER_HOST, OTHER_HOST]);
});

Deno.test("after a reset there are no pairs", () => {
  const table = new PairTable(2);
  for (let i = 0; i < 9; i++) count(table, "a", `${i}.example`);
  table.reset();
  assert.deepEqual([table.size, table.folded, [...table].length], [0, 0, 0]);
});
