// Pipelined requests: a client that has so many in flight, a server that answers in order, and a
// capture between them that misses packets. Each answer has a status of its own, which tells a shift.

import assert from "node:assert/strict";
import { type Bytes, filler, httpRequest, httpResponse } from "../../../tests/packet_builder.ts";
import { play } from "../../../tests/packets/play.ts";
import { Random } from "../../../tests/packets/random.ts";
import { Wire } from "../../../tests/packets/wire.ts";

const COUNT = 140;

interface Client {
  /** Requests that it has in flight at most. */
  readonly window: number;
  /** Whether it waits for all answers before it sends more. */
  readonly inBursts: boolean;
  /** Whether each of the server's steps is followed by one of the client's, as if one request was in flight. */
  readonly inStep?: boolean;
}

const CLIENTS: readonly Client[] = [1, 2, 5, 32].flatMap((window) => [
  { window, inBursts: false },
  { window, inBursts: true },
]);

/** The server has many requests to answer, but it does not look so. */
const IN_STEP: readonly Client[] = [2, 5, 32, 100].map((window) => (
  { window, inBursts: false, inStep: true }
));

const status = (i: number): number => 305 + i;

/** A connection as it is captured beside the server; some time passes until the client has its answers. */
class Dialogue {
  readonly packets: Bytes[];
  readonly #wire = new Wire();
  readonly #client: Client;
  readonly #random: Random;
  /** Bytes that were sent. */
  #sent: [number, number] = [0, 0];
  #asked = 0;
  #answered = 0;
  /** Where each answer ends. */
  readonly #ends: number[] = [];
  /** Answers that have reached the client. */
  #received = 0;

  constructor(client: Client, random: Random) {
    this.#client = client;
    this.#random = random;
    this.packets = this.#wire.open();
    while (this.#received < COUNT) {
      if (client.inStep === true) this.#together();
      else this.#step();
    }
  }

  #together(): void {
    while (this.#asked < COUNT && this.#asked - this.#received < this.#client.window) this.#ask();
    this.#answer();
    this.#received++;
  }

  #step(): void {
    const { window, inBursts } = this.#client;
    const inFlight = this.#asked - this.#received;
    const mayAsk = inBursts ? inFlight === 0 : inFlight < window;
    switch (this.#random.below(3)) {
      case 0:
        if (mayAsk) { for (let i = 0; i < (inBursts ? window : 1); i++) this.#ask(); }
        break;
      case 1:
        if (this.#answered < this.#asked) this.#answer();
        break;
      default:
        if (this.#received < this.#answered) this.#received++;
    }
  }

  #ask(): void {
    if (this.#asked === COUNT) return;
    const padding = "p".repeat(this.#random.below(30));
    const request = httpRequest({ target: `/${this.#asked++}`, headers: { X: padding } });
    const ack = this.#received === 0 ? 0 : this.#ends[this.#received - 1]!;
    this.packets.push(this.#wire.client(this.#sent[0], request, { ack }));
    this.#sent[0] += request.length;
  }

  #answer(): void {
    const body = filler(this.#random.below(400));
    const answer = httpResponse({ status: status(this.#answered++), body });
    this.packets.push(this.#wire.server(this.#sent[1], answer, { ack: this.#sent[0] }));
    this.#sent[1] += answer.length;
    this.#ends.push(this.#sent[1]);
  }
}

interface Found {
  readonly right: number;
  readonly unknown: number;
  /** "/3 209" */
  readonly wrong: readonly string[];
}

function judge(packets: readonly Bytes[]): Found {
  const { exchanges } = play(packets);
  const known = exchanges.filter((each) => each.status !== 0);
  const wrong = known.filter((each) => each.status !== status(Number(each.target.slice(1))));
  return {
    right: known.length - wrong.length,
    unknown: exchanges.length - known.length,
    wrong: wrong.map((each) => `${each.target} ${each.status}`),
  };
}

Deno.test("every answer to pipelined requests is found if nothing is lost", () => {
  for (const client of [...CLIENTS, ...IN_STEP]) {
    for (let seed = 0; seed < 5; seed++) {
      const { packets } = new Dialogue(client, new Random(seed));
      const found = judge(packets);
      assert.deepEqual(found, { right: COUNT, unknown: 0, wrong: [] }, JSON.stringify(client));
    }
  }
});

Deno.test("no answer to pipelined requests is given to another if some are lost", () => {
  for (const client of CLIENTS) {
    let right = 0;
    let all = 0;
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed);
      const { packets } = new Dialogue(client, random);
      const captured = packets.filter((_, i) => i < 10 + client.window || random.next() >= 0.02);
      const found = judge(captured);
      assert.deepEqual(found.wrong, [], `${JSON.stringify(client)} ${seed}`);
      right += found.right;
      all += found.right + found.unknown;
    }
    // Of a client that does not pipeline, only what was lost itself is missing.
    const least = client.window === 1 ? 0.97 : 0.2;
    assert.ok(right >= least * all, `${JSON.stringify(client)}: ${right} of ${all}`);
  }
});

Deno.test("a request and an answer in turn do not mean that one answers the other", () => {
  for (const client of IN_STEP) {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed);
      const { packets } = new Dialogue(client, random);
      for (const rate of [0.01, 0.05]) {
        const found = judge(packets.filter(() => random.next() >= rate));
        assert.deepEqual(found.wrong, [], `${JSON.stringify(client)} ${seed} ${rate}`);
      }
    }
  }
});

Deno.test("two of the first packets of pipelined requests may be lost", () => {
  const handshake = 3;
  // With two in flight, taking turns, all looks as if the two first requests were one.
  for (const client of [...CLIENTS, ...IN_STEP.filter(({ window }) => window > 2)]) {
    const packets = new Dialogue(client, new Random(2)).packets.slice(0, 80);
    for (let one = handshake; one < handshake + 12; one++) {
      for (let other = handshake; other <= one; other++) {
        const { wrong } = judge(packets.filter((_, i) => i !== one && i !== other));
        assert.deepEqual(wrong, [], `${JSON.stringify(client)} ${one} ${other}`);
      }
    }
  }
});

Deno.test("a request lost with its answer does not make a client seem to pipeline", () => {
  const { packets } = new Dialogue({ window: 1, inBursts: false }, new Random(1));
  const first = 3 + 2 * 20;
  // A request, and the next one with its answer: the three that are left of two exchanges.
  const lost = [first, first + 2, first + 3];
  const found = judge(packets.filter((_, i) => !lost.includes(i)));
  assert.deepEqual(found, { right: COUNT - 2, unknown: 0, wrong: [] });
});

Deno.test("if the first response was lost with the server's SYN, the second is not taken for it", () => {
  const { packets } = new Dialogue({ window: 2, inBursts: true }, new Random(1));
  const isServers = (packet: Bytes): boolean => packet[35] === 80;
  const [synAck, first] = packets.filter(isServers);
  const found = judge(packets.filter((packet) => packet !== synAck && packet !== first));
  assert.deepEqual(found.wrong, []);
});

Deno.test("one lost packet leaves most answers of pipelined requests, and none is wrong", () => {
  for (const client of CLIENTS.filter(({ window }) => window <= 5)) {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed);
      const { packets } = new Dialogue(client, random);
      const found = judge(packets.toSpliced(100 + random.below(packets.length - 200), 1));
      assert.deepEqual(found.wrong, [], `${JSON.stringify(client)} ${seed}`);
      assert.ok(found.right >= 40, `${JSON.stringify(client)} ${seed}: ${found.right}`);
    }
  }
});

Deno.test("a capture that begins among pipelined requests gives few answers, but right ones", () => {
  for (const client of CLIENTS) {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed);
      const { packets } = new Dialogue(client, random);
      const found = judge(packets.slice(3 + random.below(packets.length - 3)));
      // With two in flight, the server's and the client's steps may look like one after the other.
      if (client.window !== 2) {
        assert.deepEqual(found.wrong, [], `${JSON.stringify(client)} ${seed}`);
      }
      if (client.window === 1) assert.ok(found.unknown <= 1);
    }
  }
});
