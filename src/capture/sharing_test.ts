import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { abandonSharing, shareInterfaces, SharingError, sharingMemory } from "./sharing.ts";

/** An interface whose groups are numbered from 0 on. */
class FakeInterface {
  readonly joined: number[] = [];
  #made = 0;

  constructor(readonly name: string, readonly first: number) {}

  readonly handle = {
    share: () => {
      this.joined.push(-1);
      return this.first + this.#made++;
    },
    join: (group: number) => void this.joined.push(group),
  };
}

Deno.test("the first worker makes a group for each interface, the others join it", () => {
  const memory = sharingMemory(2);
  const interfaces = [new FakeInterface("eth0", 0), new FakeInterface("eth1", 7)];
  // The others have joined, so that nobody has to be waited for.
  Atomics.store(memory.joined, 0, 2);
  const before = Date.now() * 1000;
  for (const worker of [0, 1, 2]) {
    const since = shareInterfaces(interfaces, { memory, worker, workers: 3 });
    assert.ok(since > before && since < before + 1e6, "from now on");
    assert.equal(since, (Number(memory.joinedAt[0]) + 1) * 1000, "as for all");
  }
  assert.deepEqual(interfaces.map(({ joined }) => joined), [[-1, 0, 0], [-1, 7, 7]]);
  assert.equal(Atomics.load(memory.joined, 0), 5);
});

Deno.test("if one worker fails the others do not wait for it", () => {
  const memory = sharingMemory(1);
  abandonSharing({ memory, worker: 0, workers: 2 });
  const began = performance.now();
  for (const worker of [1, 0]) {
    const interfaces = [new FakeInterface("eth0", 3)];
    assert.throws(() => shareInterfaces(interfaces, { memory, worker, workers: 2 }), SharingError);
  }
  assert.ok(performance.now() - began < 1000);
});

Deno.test("an interface that cannot be shared is named", () => {
  const handle = {
    share: () => {
      throw new Error("the kernel says no");
    },
    join: () => {},
  };
  const sharing = { memory: sharingMemory(1), worker: 0, workers: 2 };
  assert.throws(
    () => shareInterfaces([{ name: "eth0", handle }], sharing),
    new UserError("cannot share eth0 between workers: the kernel says no"),
  );
});
