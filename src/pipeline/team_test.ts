import assert from "node:assert/strict";
import { withFiles } from "../capture/testing.ts";
import { testOptions } from "./testing.ts";
import { formTeam } from "./team.ts";

const OPTIONS = testOptions({ interfaces: [] });

Deno.test("workers share one memory, and differ by their number", () => {
  const team = formTeam({ ...OPTIONS, interfaces: ["eth0", "lo"], count: 9 }, 3);
  assert.deepEqual(team.map(({ worker, workers }) => [worker, workers]), [[0, 3], [1, 3], [2, 3]]);
  assert.equal(team[0]!.interfaces.groups.length, 2);
  for (const { packetsLeft, interfaces } of structuredClone(team)) {
    Atomics.sub(packetsLeft!, 0, 1n);
    Atomics.add(interfaces.joined, 0, 1);
  }
  assert.equal(team[0]!.packetsLeft![0], 6n);
  assert.equal(team[2]!.interfaces.joined[0], 3);
});

Deno.test("standard input is begun first, then the largest file, and what is missing last", async () => {
  const contents = [3, 9, 5].map((size) => new Uint8Array(size));
  await withFiles(contents, (paths, folder) => {
    const files = [...paths, `${folder}/none.pcap`, "-"];
    const [member] = formTeam({ ...OPTIONS, files }, 2);
    assert.deepEqual(member!.files.order, [4, 1, 2, 0, 3]);
    return Promise.resolve();
  });
});
