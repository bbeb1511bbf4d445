import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { DropTotals } from "./drop_totals.ts";
import type { Handle } from "./handle.ts";
import { type InterfaceStates, Lane } from "./lane.ts";
import { type InterfaceProblem, Upkeep } from "./upkeep.ts";

/** Interfaces by name: their indices, and whether they are up. */
class FakeStates implements InterfaceStates {
  readonly all = new Map<string, { index: number; isUp: boolean }>();

  indexOf(name: string): number {
    return this.all.get(name)?.index ?? 0;
  }

  nameOf(index: number): string | null {
    return [...this.all].find(([, each]) => each.index === index)?.[0] ?? null;
  }

  isUp(name: string): boolean {
    return this.all.get(name)?.isUp ?? false;
  }
}

/** A capture on eth0, which has index 2, and on any; time goes on as the test says. */
class World {
  readonly states = new FakeStates();
  readonly lanes: readonly Lane[];
  readonly eth0: Lane;
  readonly any: Lane;
  readonly closed: string[] = [];
  readonly opened: string[] = [];
  problems: readonly InterfaceProblem[] = [];
  /** Why opening fails; null if it does not. */
  failure: string | null = null;
  lost = { kernel: 0, interface: 0 };
  #now = 0;
  readonly #upkeep: Upkeep;

  constructor() {
    this.states.all.set("eth0", { index: 2, isUp: true });
    const lane = (name: string, index: number) => {
      const lane = new Lane(name, index, new DropTotals(), this.states);
      lane.open(this.#handle(name));
      return lane;
    };
    this.lanes = [this.eth0, this.any] = [lane("eth0", 0), lane("any", 1)];
    this.#upkeep = new Upkeep(this.lanes, {
      reopen: (lane) => {
        this.opened.push(lane.name);
        if (this.failure !== null) throw new UserError(this.failure);
        return this.#handle(lane.name);
      },
      tell: (problems) => this.problems = problems,
    });
  }

  #handle(name: string): Handle {
    return {
      dataLink: 1,
      dropped: () => ({ ...this.lost }),
      close: () => this.closed.push(name),
    } as unknown as Handle;
  }

  /** Lets `milliseconds` go by. */
  pass(milliseconds: number): void {
    for (const end = this.#now + milliseconds; this.#now < end; this.#now += 50) {
      this.#upkeep.check(this.#now);
    }
  }

  /** What is wrong with eth0. */
  get problem(): string | null {
    return this.problems.find(({ name }) => name === "eth0")?.reason ?? null;
  }
}

Deno.test("an interface that is down is reported; its handle is kept, and works again when it is up", () => {
  const world = new World();
  world.pass(1000);
  assert.equal(world.problem, null);
  world.states.all.set("eth0", { index: 2, isUp: false });
  world.pass(1000);
  assert.equal(world.problem, "the interface is down");
  world.states.all.set("eth0", { index: 2, isUp: true });
  world.pass(1000);
  assert.equal(world.problem, null);
  assert.deepEqual([world.closed, world.opened], [[], []]);
});

Deno.test("an interface that was removed is opened again when it is back and up", () => {
  const world = new World();
  world.states.all.delete("eth0");
  world.pass(100);
  assert.deepEqual(world.closed, [], "the kernel may still have packets");
  world.pass(1500);
  assert.deepEqual(world.closed, ["eth0"]);
  assert.equal(world.problem, "the interface was removed");
  world.states.all.set("eth0", { index: 9, isUp: false });
  world.pass(1000);
  assert.equal(world.problem, "the interface is down");
  assert.deepEqual(world.opened, []);
  world.states.all.set("eth0", { index: 9, isUp: true });
  world.pass(1000);
  assert.deepEqual(world.opened, ["eth0"]);
  assert.equal(world.problem, null);
  world.states.all.delete("eth0");
  world.pass(2000);
  assert.deepEqual(world.closed, ["eth0", "eth0"]);
});

Deno.test("a new interface of the same name is noticed by its index", () => {
  const world = new World();
  world.states.all.set("eth0", { index: 9, isUp: true });
  world.pass(2000);
  assert.deepEqual([world.closed, world.opened], [["eth0"], ["eth0"]]);
});

Deno.test("a renamed interface is followed", () => {
  const world = new World();
  world.states.all.delete("eth0");
  world.states.all.set("lan0", { index: 2, isUp: true });
  world.pass(2000);
  assert.deepEqual([world.closed, world.problem], [[], null]);
  world.states.all.set("lan0", { index: 2, isUp: false });
  world.pass(1000);
  assert.equal(world.problem, "the interface is down");
});

Deno.test("an interface that cannot be opened is tried again, less and less often, and reported", () => {
  const world = new World();
  world.states.all.set("eth0", { index: 9, isUp: true });
  world.failure = "no permission";
  world.pass(5000);
  const early = world.opened.length;
  assert.ok(early >= 3 && early <= 5, `${early} times in 5 s`);
  assert.equal(world.problem, "no permission");
  world.pass(60_000);
  assert.ok(world.opened.length <= early + 8, `${world.opened.length} times in a minute`);
  world.failure = null;
  world.pass(9000);
  assert.equal(world.problem, null);
});

Deno.test("a handle that keeps failing is opened again, also that of `any`", () => {
  const world = new World();
  for (const lane of world.lanes) lane.failures = 9;
  world.pass(1000);
  assert.deepEqual(world.closed, []);
  for (const lane of world.lanes) lane.failures = 10;
  world.pass(2000);
  assert.deepEqual([world.closed, world.opened], [["eth0", "any"], ["eth0", "any"]]);
});

Deno.test("lost packets are added up over all handles of an interface", () => {
  const world = new World();
  const totals = new DropTotals();
  world.eth0.become(0, totals);
  world.lost = { kernel: 5, interface: 1 };
  world.eth0.refreshDrops(1000);
  world.lost = { kernel: 7, interface: 1 };
  world.eth0.refreshDrops(1001);
  assert.deepEqual(totals.total, { kernel: 5, interface: 1 });
  world.eth0.refreshDrops(1002, true);
  world.states.all.set("eth0", { index: 9, isUp: true });
  world.pass(2000);
  world.lost = { kernel: 3, interface: 0 };
  world.eth0.refreshDrops(5000, true);
  assert.deepEqual(totals.total, { kernel: 10, interface: 1 });
});
