import assert from "node:assert/strict";
import { MemoryLedger } from "../memory_ledger.ts";
import { KeyLines } from "./key_lines.ts";
import { KeyStore } from "./key_store.ts";

const RANDOM = "ab".repeat(32);
const MASTER = "0123456789abcdef".repeat(6);
const SECRET = "cd".repeat(32);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What is found for RANDOM after these pieces. */
function found(...pieces: readonly string[]) {
  const store = new KeyStore(new MemoryLedger(Infinity));
  const lines = new KeyLines(store);
  for (const piece of pieces) lines.add(bytesOf(piece));
  return store.find(Uint8Array.fromHex(RANDOM), 0);
}

const line = `CLIENT_RANDOM ${RANDOM} ${MASTER}\n`;

Deno.test("the secrets of TLS 1.2, TLS 1.3 and QUIC", () => {
  assert.equal(found(line)?.master?.toHex(), MASTER);
  const labels = {
    CLIENT_EARLY_TRAFFIC_SECRET: "early",
    CLIENT_HANDSHAKE_TRAFFIC_SECRET: "clientHandshake",
    SERVER_HANDSHAKE_TRAFFIC_SECRET: "serverHandshake",
    CLIENT_TRAFFIC_SECRET_0: "clientTraffic",
    SERVER_TRAFFIC_SECRET_0: "serverTraffic",
    QUIC_SERVER_TRAFFIC_SECRET_0: "serverTraffic",
  } as const;
  for (const [label, name] of Object.entries(labels)) {
    assert.equal(found(`${label} ${RANDOM} ${SECRET}\n`)?.[name]?.toHex(), SECRET, label);
  }
});

Deno.test("lines in any pieces, with CRLF, capital digits, and no line feed before the end", () => {
  for (let cut = 1; cut < line.length; cut++) {
    assert.ok(found(line.slice(0, cut), line.slice(cut)) !== null, `cut at ${cut}`);
  }
  assert.ok(found(line.replace("\n", "\r\n")) !== null);
  assert.ok(found(`CLIENT_RANDOM ${RANDOM.toUpperCase()} ${MASTER}\n`) !== null);
  assert.equal(found(line.trimEnd()), null);
});

Deno.test("junk is passed over, and what follows it is read", () => {
  const junk = [
    "# a comment\n",
    "\n",
    "CLIENT_RANDOM\n",
    `EXPORTER_SECRET ${RANDOM} ${SECRET}\n`,
    `__proto__ ${RANDOM} ${SECRET}\n`,
    `CLIENT_RANDOM ${RANDOM} ${MASTER}00\n`,
    `CLIENT_RANDOM ${RANDOM} ${MASTER.slice(2)}\n`,
    `CLIENT_RANDOM ${RANDOM.replace("a", "g")} ${MASTER}\n`,
    `CLIENT_RANDOM ${RANDOM} ${MASTER.replace("0", " ")}\n`,
    "x".repeat(100_000) + "\n",
    `CLIENT_RANDOM ${RANDOM} ${MASTER.slice(0, 40)}CLIENT_RANDOM ${RANDOM} ${MASTER}\n`,
    "\0\u{1f600}\n",
  ];
  for (const each of junk) assert.equal(found(each), null, each.slice(0, 100));
  assert.ok(found(...junk, line) !== null);
});
