import assert from "node:assert/strict";
import { AnswerRelay, type HeardAnswer } from "./answer_relay.ts";

const answer = (i: number): HeardAnswer => ({
  client: "10.0.0.1",
  name: `n${i}.test`,
  addresses: ["192.0.2.1"],
  publicName: "",
  ttl: 60,
  time: i,
});

Deno.test("answers are passed on together, a moment later, and no more than a thousand", async () => {
  const { promise, resolve } = Promise.withResolvers<readonly HeardAnswer[]>();
  const relay = new AnswerRelay(resolve);
  for (let i = 0; i < 3000; i++) relay.add(answer(i));
  const timer = setTimeout(() => {}, 60_000);
  const sent = await promise;
  clearTimeout(timer);
  assert.equal(sent.length, 1000);
  assert.equal(sent[999]!.name, "n999.test");
});
