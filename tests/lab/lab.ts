// A network to experiment in: a client and a server, each in a network namespace of its own,
// joined by one cable. Nothing in it touches the network of the machine.

import { Daemon, type Result, run, type RunOptions } from "./process.ts";

/** The programs that experiments need; scripts/setup --dev installs them. */
const PROGRAMS = ["ip", "nginx", "dnsmasq", "curl", "dig", "openssl", "tcpdump", "nc"];

const PREFIX = "webstat-lab-";

/** Whether labs can be made here: root, Linux's network namespaces, and the programs. */
export function labAvailable(more: readonly string[] = []): boolean {
  return missingForLab(more) === null;
}

/** Why no lab can be made here, in words; null where one can. */
export function missingForLab(more: readonly string[] = []): string | null {
  if (Deno.build.os !== "linux") return "needs Linux";
  if (Deno.uid() !== 0) return "needs root";
  const missing = missingPrograms(...PROGRAMS, ...more);
  if (missing !== null) return missing;
  const probe = `${PREFIX}${Deno.pid}-probe${token()}`;
  if (!ipSync("netns", "add", probe)) return "needs network namespaces";
  ipSync("netns", "del", probe);
  return null;
}

/** Which programs are not installed, in words; null if all are. */
export function missingPrograms(...names: readonly string[]): string | null {
  const missing = names.filter((name) => !isProgram(name));
  if (missing.length === 0) return null;
  return `needs ${missing.join(", ")}: scripts/setup --dev installs them`;
}

function isProgram(name: string): boolean {
  return ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
    .some((folder) => {
      try {
        return Deno.statSync(`${folder}/${name}`).isFile;
      } catch {
        return false;
      }
    });
}

function ipSync(...args: string[]): boolean {
  return new Deno.Command("ip", { args, stdout: "null", stderr: "null" }).outputSync().success;
}

/** A few letters that no other lab of this process has. */
function token(): string {
  return crypto.randomUUID().slice(0, 6);
}

/** One end of the cable. */
export class Namespace {
  /** Its end of the cable; the name is the same in each lab. */
  readonly interface = "lan0";
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly #started: Daemon[];

  constructor(name: string, ipv4: string, ipv6: string, started: Daemon[]) {
    this.name = name;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.#started = started;
  }

  /** The command as it has to be called to run in here; it keeps its process id. */
  inside(command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.name, ...command];
  }

  run(command: readonly string[], options?: RunOptions): Promise<Result> {
    return run(this.inside(command), options);
  }

  /** Starts a program that ends, at the latest, with the lab. */
  start(command: readonly string[], options?: { env?: Record<string, string> }): Daemon {
    const daemon = new Daemon(this.inside(command), options);
    this.#started.push(daemon);
    return daemon;
  }

  /** `ip` of iproute2, in here. */
  ip(...args: string[]): Promise<Result> {
    return run(["ip", "-n", this.name, ...args]);
  }

  /** Gives an interface its addresses and brings it up. */
  async configure(name: string, addresses: readonly string[], mtu?: number): Promise<void> {
    // Without privacy, router or duplicate address chatter a capture holds what a test made.
    await this.run(["sysctl", "-q", "-w", `net.ipv6.conf.${name}.addr_gen_mode=1`], {
      mayFail: true,
    });
    for (const address of addresses) {
      const nodad = address.includes(":") ? ["nodad"] : [];
      await this.ip("address", "add", address, "dev", name, ...nodad);
    }
    if (mtu !== undefined) await this.ip("link", "set", name, "mtu", `${mtu}`);
    await this.ip("link", "set", name, "up");
  }
}

export interface LabOptions {
  /** Of both ends of the cable. */
  readonly mtu?: number;
  /** Whether packets longer than the MTU may appear, as they do between Linux hosts; true. */
  readonly segmentationOffload?: boolean;
}

export class Lab implements AsyncDisposable {
  readonly client: Namespace;
  readonly server: Namespace;
  /** For files of the experiment; removed with the lab. */
  readonly directory: string;
  readonly #started: Daemon[] = [];

  private constructor(id: string, directory: string) {
    this.directory = directory;
    this.client = new Namespace(`${id}-client`, "10.77.0.1", "fd77::1", this.#started);
    this.server = new Namespace(`${id}-server`, "10.77.0.2", "fd77::2", this.#started);
  }

  static async create(options: LabOptions = {}): Promise<Lab> {
    await removeLeftovers();
    const directory = await Deno.makeTempDir({ prefix: PREFIX });
    const lab = new Lab(`${PREFIX}${Deno.pid}-${token()}`, directory);
    try {
      await lab.#build(options);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  async #build(options: LabOptions): Promise<void> {
    for (const side of [this.client, this.server]) {
      await run(["ip", "netns", "add", side.name]);
      await side.ip("link", "set", "lo", "up");
    }
    const { client, server } = this;
    await run(
      `ip link add ${client.interface} netns ${client.name} type veth peer name ${server.interface} netns ${server.name}`
        .split(" "),
    );
    for (const side of [client, server]) {
      if (options.segmentationOffload === false) {
        await side.ip("link", "set", side.interface, "gso_max_segs", "1");
      }
      await side.configure(side.interface, [`${side.ipv4}/24`, `${side.ipv6}/64`], options.mtu);
    }
  }

  /** Makes the client ask the server's DNS; `ip netns exec` finds the file by the name. */
  async useServersDns(): Promise<void> {
    const folder = `/etc/netns/${this.client.name}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/resolv.conf`, `nameserver ${this.server.ipv4}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#started.reverse()) await daemon.stop();
    for (const side of [this.client, this.server]) await removeNamespace(side.name);
    await Deno.remove(this.directory, { recursive: true }).catch(() => {});
  }
}

async function removeNamespace(name: string): Promise<void> {
  await run(["ip", "netns", "del", name], { mayFail: true });
  await Deno.remove(`/etc/netns/${name}`, { recursive: true }).catch(() => {});
}

/** Removes the namespaces, and ends the programs in them, of labs whose process is gone. */
export async function removeLeftovers(): Promise<void> {
  const { stdout } = await run(["ip", "netns", "list"]);
  for (const [name, pid] of stdout.matchAll(new RegExp(`\\b${PREFIX}(\\d+)-[a-z0-9-]+`, "g"))) {
    if (await isAlive(Number(pid))) continue;
    const { stdout: pids } = await run(["ip", "netns", "pids", name], { mayFail: true });
    for (const orphan of pids.split("\n").filter(Boolean)) {
      try {
        Deno.kill(Number(orphan), "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
    await removeNamespace(name);
  }
}

async function isAlive(pid: number): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}
