import assert from "node:assert/strict";
import { Backlog, KEPT_BYTES, STEP_BYTES, type Waiting } from "./backlog.ts";

const MIB = 1 << 20;

/** A backlog whose memory is looked after, MiB by MiB: who is in it, and whether it is given back. */
class Model {
  readonly released: [number, number][] = [];
  readonly backlog: Backlog;
  readonly #owner: Int32Array;
  readonly #inUse: Uint8Array;
  readonly #waiting: Waiting[] = [];
  #next = 1;

  constructor(readonly size: number) {
    this.#owner = new Int32Array(size);
    this.#inUse = new Uint8Array(size);
    this.backlog = new Backlog(size * MIB, (from, to) => {
      this.released.push([from / MIB, to / MIB]);
      for (let i = from / MIB; i < to / MIB; i++) {
        assert.equal(this.#owner[i], 0, `MiB ${i} is released, but holds packets`);
        this.#inUse[i] = 0;
      }
    });
  }

  get resident(): number {
    return this.#inUse.reduce((sum, each) => sum + each, 0);
  }

  /** Writes packets of 1 MiB, as many as fit of those wanted; `meanwhile` happens during that. */
  write(wanted: number, meanwhile = () => {}): number {
    const { at, room } = this.backlog.place();
    const count = Math.min(wanted, room / MIB);
    meanwhile();
    for (let i = 0; i < count; i++) {
      assert.equal(this.#owner[at / MIB + i], 0, `MiB ${at / MIB + i} is written twice`);
      this.#owner[at / MIB + i] = this.#next;
      this.#inUse[at / MIB + i] = 1;
    }
    if (count === 0) return 0;
    const end = at + count * MIB;
    const packets = { interface: this.#next++, format: "ring", at, end, count } as const;
    this.#waiting.push(packets);
    this.backlog.add(packets);
    return count;
  }

  take(): number {
    const first = this.#waiting.shift();
    if (first === undefined) return 0;
    for (let i = first.at / MIB; i < first.end / MIB; i++) {
      assert.equal(this.#owner[i], first.interface, "packets are as they were");
      this.#owner[i] = 0;
    }
    this.backlog.take();
    return first.count;
  }
}

Deno.test("Backlog uses the same few pages of memory while packets need not wait", () => {
  const model = new Model(64);
  for (let i = 0; i < 50; i++) {
    assert.equal(model.write(3), 3);
    assert.equal(model.take(), 3);
  }
  assert.equal(model.resident, 3);
});

Deno.test("Backlog grows while packets wait, and gives the memory back afterwards", () => {
  const model = new Model(64);
  for (let i = 0; i < 20; i++) model.write(3);
  assert.equal(model.resident, 60);
  assert.equal(model.write(9), 4);
  assert.equal(model.write(1), 0);
  for (let taken = 0; taken < 40;) taken += model.take();
  assert(model.resident <= 64 - 40 + 2 * (STEP_BYTES + KEPT_BYTES) / MIB, `${model.resident} MiB`);
  while (model.take() > 0);
  model.write(0);
  assert.equal(model.resident, KEPT_BYTES / MIB);
});

Deno.test("Backlog uses the room of packets that were taken", () => {
  const model = new Model(64);
  for (let i = 0; i < 40; i++) model.write(1);
  for (let i = 0; i < 1000; i++) {
    model.take();
    assert.equal(model.write(1), 1, `round ${i}`);
  }
});

Deno.test("property: Backlog keeps packets unchanged, and loses no memory", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = Math.imul(seed, 1103515245) + 12345 >>> 0;
    return (seed >>> 8) % below;
  };
  for (let run = 0; run < 50; run++) {
    const model = new Model(32 + random(64));
    let [written, taken] = [0, 0];
    for (let step = 0; step < 2000; step++) {
      const eager = step % 400 < 200 ? 12 : 3;
      const take = () => taken += model.take();
      if (random(2) === 0) written += model.write(random(eager), random(2) === 0 ? take : () => {});
      else take();
    }
    for (let count; (count = model.take()) > 0;) taken += count;
    assert.equal(taken, written);
    model.write(0);
    assert(model.resident <= KEPT_BYTES / MIB, `${model.resident} MiB are left`);
  }
});
