import assert from "node:assert/strict";
import { exampleHost, exampleSnapshot, hitsBy } from "../../outputs/example.ts";
import { FakeUser, hostsWithHits } from "../testing.ts";

Deno.test("rates are hits a second; those of a file are averages", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.test": 10 }));
  assert.equal(user.state.rows[0]!.rate, null, "one snapshot gives no rate");
  user.sees(hostsWithHits({ "a.test": 30 })).sees(hostsWithHits({ "a.test": 50 }));
  assert.equal(Math.round(user.state.rows[0]!.rate!), 20);
  for (let i = 0; i < 40; i++) user.sees(hostsWithHits({ "a.test": 50 }));
  assert.ok(user.state.rows[0]!.rate! < 0.1);
  const file = new FakeUser({ live: false }, 140);
  file.happens({
    type: "snapshot",
    now: 0,
    snapshot: exampleSnapshot({
      time: 11_000_000,
      traffic: { step: 1, first: 1, bytes: [20], from: 1_000_000 },
      hosts: [exampleHost("a.test", { hits: hitsBy({ http: 20 }) })],
    }),
  });
  assert.equal(file.state.rows[0]!.rate, 2);
  assert.match(file.table[1]!, / 2\/s .* 22:13:20 *$/, "and times are those of the capture");
});

Deno.test("low rates of a file are told by the minute or by the hour", () => {
  const rateOf = (seconds: number) => {
    const file = new FakeUser({ live: false }).sees(hostsWithHits({ "a.test": 9 }), {
      time: seconds * 1e6,
      traffic: { step: 1, first: 0, bytes: [1], from: 0 },
    });
    return /9 +9 +(\S+)/.exec(file.table[1]!)![1];
  };
  assert.deepEqual([18, 360, 36_000, 1e9].map(rateOf), ["0.5/s", "1.5/min", "0.9/h", "-"]);
});
