import assert from "node:assert/strict";
import { Random } from "../../../tests/packets/random.ts";
import { CLIENT, type Conversation, type Side } from "../analyser.ts";
import { Pairing } from "./pairing.ts";
import type { PendingRequest, SeenResponse } from "./seen_messages.ts";
import { TakingTurns } from "./taking_turns.ts";

const HEAD = 100;
const SECOND = 1_000_000;

/** A connection, as far as pairs depend on it. */
class Wire {
  time = 10 * SECOND;
  readonly lostAtStart = 0;
  readonly sink = { evicted: () => {} };
  client = 1000;
  server = 5000;

  sequence(side: Side): number {
    return side === CLIENT ? this.client : this.server;
  }

  get on(): Conversation {
    return this as unknown as Conversation;
  }
}

const request = (target: string, start: number, received: number | null): PendingRequest => ({
  exchange: { host: "", method: "GET", target, userAgent: null } as PendingRequest["exchange"],
  start,
  received,
  bodyDone: true,
});

const response = (wire: Wire, status: number, acknowledged: number | null): SeenResponse => ({
  status,
  startSequence: wire.server,
  startTime: wire.time,
  acknowledged,
  endTime: 0,
  bodyBytes: 0,
  contentType: null,
  upgrade: "",
});

/** One of the two, and what it has reported. */
class Judge {
  readonly pairs: string[] = [];
  readonly pairing: Pairing | TakingTurns;

  constructor(Kind: typeof Pairing | typeof TakingTurns) {
    this.pairing = new Kind({
      report: (_, { exchange }, response) =>
        this.pairs.push(`${exchange.target} ${response?.status ?? "-"}`),
    });
  }

  /** All that can be asked. */
  get says(): unknown[] {
    const { last, held, isIdle, answered } = this.pairing;
    return [last?.exchange.target, held, isIdle, answered?.exchange.target, this.pairs.join()];
  }
}

/** Has both hear the same messages, mostly in turn, and compares what they say after each. */
function compare(seed: number): string[] {
  const random = new Random(seed);
  const wire = new Wire();
  const { on } = wire;
  const judges = [new Judge(Pairing), new Judge(TakingTurns)];
  const tell = (say: (pairing: Pairing | TakingTurns) => void) => {
    for (const { pairing } of judges) say(pairing);
    assert.deepEqual(judges[1]!.says, judges[0]!.says, `seed ${seed}`);
  };
  // Something else than turns: each seed has its own share of it, the first one none.
  const odd = (rate: number) => random.next() < rate * (seed % 9) / 3;
  let isOpen = false;
  const ask = (i: number) => {
    const known = wire.server - (odd(0.2) ? HEAD : 0) + (odd(0.1) ? 2 * HEAD : 0);
    const received = odd(0.1) ? null : known;
    const start = wire.client;
    const length = HEAD - 30 * random.below(3);
    wire.client += length;
    tell((pairing) => pairing.addRequest(on, request(`/${i}`, start, received), length));
    tell((pairing) => pairing.matchEarly(on));
  };
  const begin = (i: number) => {
    const acknowledged = odd(0.2) ? null : wire.client + (odd(0.2) ? 60 : 0);
    tell((pairing) => pairing.beginResponse(on, response(wire, i, acknowledged)));
    wire.server += HEAD;
    isOpen = true;
  };
  const end = () => {
    isOpen = false;
    if (odd(0.1)) return tell((pairing) => pairing.dropResponse());
    tell((pairing) => pairing.endResponse(on));
  };
  if (odd(0.1)) tell((pairing) => pairing.beginMidway());
  for (let i = 0; i < 12; i++) {
    if (odd(0.05)) wire.server -= HEAD;
    wire.time += odd(0.1) ? 2 * SECOND : 1000;
    if (!odd(0.1)) ask(i);
    if (odd(0.2)) ask(i + 100);
    if (odd(0.1)) {
      wire.client += HEAD;
      const areWhole = odd(0.5);
      tell((pairing) => pairing.requestsLost(on, wire.client - HEAD, areWhole));
    }
    if (!odd(0.3)) begin(i);
    if (isOpen && !odd(0.1)) end();
    if (odd(0.1) && !isOpen) {
      wire.server += HEAD;
      const areWhole = odd(0.5);
      tell((pairing) => pairing.responsesLost(on, areWhole));
    }
    if (judges[0]!.pairing.isIdle && odd(0.4)) tell((pairing) => pairing.reset());
  }
  if (isOpen) end();
  tell((pairing) => pairing.end(on));
  return judges[0]!.pairs;
}

Deno.test("turns are paired as Pairing pairs them, whatever comes between", () => {
  let pairs = 0;
  for (let seed = 0; seed < 20_000; seed++) pairs += compare(seed).length;
  assert.ok(pairs > 100_000, `${pairs}`);
});

Deno.test("a response that answers no other request than the one before it is reported with it", () => {
  assert.deepEqual(compare(0), Array.from({ length: 12 }, (_, i) => `/${i} ${i}`));
});
