// One round of fuzzing: some conversations through a pipeline with a small budget, and what must hold.

import { BATCH_PACKETS } from "../../src/capture/batch.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { sum } from "../../src/sums.ts";
import type { Bytes } from "../packets/bytes.ts";
import { batchOf, ETHERNET } from "../packets/feed.ts";
import { Random } from "../packets/random.ts";
import { conversation } from "./conversations.ts";
import { impaired, interleaved, packetsOf } from "./packets.ts";

/** Milliseconds that one packet may take, in the best of some attempts. */
const SLOW = 50;
const ATTEMPTS = 4;
const BUDGET = 4 << 20;
/** What one batch may bring before something else has to go. */
const TOLERANCE = 1.5;
const CONVERSATIONS = 12;
/** Rounds that share a pipeline, so that flows and tables are used again. */
const ROUNDS_OF_ONE = 20;

export interface Failed {
  readonly what: string;
}

const newPipeline = () =>
  new Pipeline({ maxHosts: 50, event: () => {}, watch: true, memory: BUDGET });

export class Rounds {
  packets = 0;
  /** Milliseconds of the slowest packet. */
  slowest = 0;
  #pipeline = newPipeline();
  #clock = 1_700_000_000_000_000;

  /** Makes the pipeline what it is before the round of this seed, wherever the first round was. */
  prepare(seed: number): void {
    for (let before = seed - seed % ROUNDS_OF_ONE; before < seed; before++) {
      this.#feed(roundOf(before));
    }
    this.packets = 0;
  }

  /** What went wrong in the round of this seed; null if nothing did. */
  run(seed: number): Failed | null {
    if (seed % ROUNDS_OF_ONE === 0) this.#pipeline = newPipeline();
    const packets = roundOf(seed);
    try {
      return this.#feed(packets) ?? this.#slow(packets);
    } catch (error) {
      return { what: error instanceof Error ? `${error.stack}` : String(error) };
    }
  }

  #feed(packets: readonly Bytes[]): Failed | null {
    for (let at = 0; at < packets.length; at += BATCH_PACKETS) {
      const some = packets.slice(at, at + BATCH_PACKETS);
      this.#pipeline.feed(batchOf(some, this.#clock), ETHERNET);
      this.#clock += some.length * 1000;
      this.packets += some.length;
    }
    const kept = sum(this.#pipeline.packed(ETHERNET, [], 0).memoryBytes.map(({ count }) => count));
    return kept <= BUDGET * TOLERANCE ? null : { what: `${kept} bytes are kept, of ${BUDGET}` };
  }

  /** The cost of each packet by itself; only of slow ones more than once, as any try may be interrupted. */
  #slow(packets: readonly Bytes[]): Failed | null {
    const least = packets.map(() => Infinity);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const pipeline = newPipeline();
      packets.forEach((packet, i) => {
        const batch = batchOf([packet], this.#clock);
        const began = performance.now();
        pipeline.feed(batch, ETHERNET);
        least[i] = Math.min(least[i]!, performance.now() - began);
      });
      if (Math.max(...least) <= SLOW) break;
    }
    const slowest = Math.max(...least);
    this.slowest = Math.max(this.slowest, slowest);
    return slowest <= SLOW ? null : { what: `a packet took ${slowest.toFixed(1)} ms` };
  }
}

function roundOf(seed: number): Bytes[] {
  const random = new Random(seed);
  const connections = Array.from(
    { length: 1 + random.below(CONVERSATIONS) },
    () => packetsOf(conversation(random), random),
  );
  return impaired(interleaved(connections, random), random);
}
