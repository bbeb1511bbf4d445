import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { MemoryLedger } from "../memory_ledger.ts";
import { KeyLogFile } from "./key_log_file.ts";
import { KeyLogs } from "./key_logs.ts";
import { KeyStore } from "./key_store.ts";

const randomOf = (i: number): string => i.toString(16).padStart(64, "0");
const line = (i: number): string => `CLIENT_RANDOM ${randomOf(i)} ${"11".repeat(48)}\n`;

class Followed {
  readonly store = new KeyStore(new MemoryLedger(Infinity));
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/keys`;
  readonly file = new KeyLogFile(this.path, this.store);

  write(text: string): void {
    Deno.writeTextFileSync(this.path, text, { append: true });
  }

  has(...sessions: readonly number[]): void {
    this.file.poll();
    for (const i of sessions) {
      assert.ok(this.store.find(Uint8Array.fromHex(randomOf(i)), 0) !== null, `session ${i}`);
    }
    assert.equal(this.store.size, sessions.length);
  }

  [Symbol.dispose](): void {
    this.file.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("a key log that is missing, appears and grows, also by half a line", () => {
  using log = new Followed();
  log.has();
  log.write(line(1));
  log.has(1);
  log.write(line(2) + line(3).slice(0, 50));
  log.has(1, 2);
  log.write(line(3).slice(50));
  log.has(1, 2, 3);
});

Deno.test("rotated: the old file is read to its end, and on while a program still writes there", () => {
  using log = new Followed();
  log.write(line(1));
  log.has(1);
  using writer = Deno.openSync(log.path, { append: true });
  log.write(line(2));
  Deno.renameSync(log.path, `${log.path}.1`);
  log.write(line(3));
  log.has(1, 2, 3);
  writer.writeSync(new TextEncoder().encode(line(4)));
  log.has(1, 2, 3, 4);
});

Deno.test("truncated: read again from its beginning", () => {
  using log = new Followed();
  log.write(line(1) + line(2));
  log.has(1, 2);
  Deno.truncateSync(log.path);
  log.write(line(3));
  log.has(1, 2, 3);
});

Deno.test("a FIFO, with one writer after the other", async () => {
  using log = new Followed();
  await new Deno.Command("mkfifo", { args: [log.path] }).output();
  log.has();
  for (const i of [1, 2]) {
    await new Deno.Command("sh", { args: ["-c", `printf '${line(i)}' > ${log.path}`] }).output();
    log.has(...Array.from({ length: i }, (_, before) => before + 1));
  }
});

Deno.test("for files all of it is read first; what cannot be read is told in a line", async () => {
  using log = new Followed();
  const warnings: string[] = [];
  const logs = new KeyLogs([log.path], log.store, (message) => void warnings.push(message));
  await assert.rejects(() => logs.readAll(), UserError);
  log.write(line(1) + line(2).trimEnd());
  await logs.readAll();
  // Root may have given away the right to look at it.
  Deno.removeSync(log.path);
  Deno.mkdirSync(log.path);
  logs.poll(performance.now());
  assert.equal(log.store.size, 2);
  assert.deepEqual(warnings, []);
  await assert.rejects(
    () => new KeyLogs([log.folder], log.store, () => {}).readAll(),
    /Cannot read the key log ".*": it is a folder/,
  );
});

Deno.test("whoever lets others read a key log is warned", () => {
  using log = new Followed();
  const warnings: string[] = [];
  const open = () => {
    new KeyLogs([log.path], log.store, (message) => void warnings.push(message)).open();
    return warnings.length;
  };
  log.write(line(1));
  Deno.chmodSync(log.path, 0o600);
  assert.equal(open(), 0);
  Deno.chmodSync(log.path, 0o644);
  assert.equal(open(), 1);
  assert.match(warnings[0]!, /can be read by other users/);
});
