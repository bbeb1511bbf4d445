// For tests: a cable between two interfaces of this machine.

import assert from "node:assert/strict";

export const IS_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;

export interface Veth {
  /** What is sent to `address` goes out here... */
  readonly near: string;
  /** ...and comes in there. */
  readonly far: string;
  readonly address: string;
}

export async function ip(line: string): Promise<void> {
  const { code, stderr } = await new Deno.Command("ip", { args: line.split(" ") }).output();
  assert.equal(code, 0, `ip ${line}: ${new TextDecoder().decode(stderr)}`);
}

/** Names and addresses differ each time, as files of tests run beside each other, in one process or several. */
async function withVeth(use: (veth: Veth) => Promise<void>): Promise<void> {
  const [id, third, second] = crypto.getRandomValues(new Uint32Array(3)) as unknown as number[];
  const near = `capt${id!.toString(36)}a`;
  const far = `capt${id!.toString(36)}b`;
  const network = `10.${100 + second! % 100}.${third! % 250}`;
  await ip(`link add ${near} mtu 65535 type veth peer name ${far} mtu 65535`);
  try {
    await ip(`addr add ${network}.1/24 dev ${near}`);
    await ip(`link set ${near} up`);
    await ip(`link set ${far} up`);
    const address = `${network}.2`;
    await ip(`neigh add ${address} lladdr 02:00:00:00:00:02 dev ${near} nud permanent`);
    await use({ near, far, address });
  } finally {
    await new Deno.Command("ip", { args: ["link", "del", near], stderr: "null" }).output();
  }
}

export function rootTest(name: string, fn: (veth: Veth) => Promise<void>): void {
  Deno.test({ name: `${name} (needs root)`, ignore: !IS_ROOT, fn: () => withVeth(fn) });
}

/** Waits until the kernel has noticed that the other end is up: before, it drops what is sent. */
export async function untilUp({ near }: Veth): Promise<void> {
  // A test may have put another interface in the place of both ends.
  const state = () => Deno.readTextFile(`/sys/class/net/${near}/operstate`).catch(() => "up\n");
  while (await state() !== "up\n") await new Promise((resolve) => setTimeout(resolve, 5));
}
