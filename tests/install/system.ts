// A minimal Debian in a folder, to install things in: entered by chroot, or booted with systemd.

import type { Lab } from "../lab/lab.ts";
import { Daemon, run, until } from "../lab/process.ts";

/** What a minimal system has not, and the package or its service needs. */
const DEPENDENCIES = "adduser,libpcap0.8,systemd-sysv,dbus";
const MINUTES = 60_000;
const ENVIRONMENT = [
  ...["env", "-i", "TERM=dumb"],
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
];

/** Where this system gets its packages from, and what it is called. */
async function archive(): Promise<readonly [codename: string, site: string]> {
  const { stdout } = await run(
    ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"],
  );
  const [codename = "", site = ""] = stdout.split("\n")[0]!.split(" ");
  return [codename, site];
}

export class System implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<System> {
    const folder = await Deno.makeTempDir({ prefix: "webstat-system-" });
    const system = new System(folder);
    // It becomes the root folder, which everybody has to get through.
    await Deno.chmod(folder, 0o755);
    try {
      const [codename, site] = await archive();
      await run([
        ...["debootstrap", "--variant=minbase", `--include=${DEPENDENCIES}`],
        ...[codename, folder, site],
      ], { timeout: 10 * MINUTES });
      await run(["mount", "-t", "proc", "proc", `${folder}/proc`]);
      return system;
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(["umount", `${this.folder}/proc`], { mayFail: true });
    await Deno.remove(this.folder, { recursive: true });
  }

  async run(command: readonly string[], mayFail = false) {
    return await run(["chroot", this.folder, ...ENVIRONMENT, ...command], {
      mayFail,
      timeout: 2 * MINUTES,
    });
  }

  /** The paths of files whose name has "webstat" in it, but for those below /srv. */
  async files(): Promise<string[]> {
    const { stdout } = await run(
      [
        "find",
        this.folder,
        "-mindepth",
        "1",
        "-xdev",
        "-not",
        "-path",
        "*/srv/*",
        "-name",
        "*webstat*",
      ],
    );
    return stdout.split("\n").filter((line) => line !== "");
  }

  /**
   * Boots it, with the lab's client for its network. `shown`: files and folders of this machine, by where
   * they are to be seen there. Null if this machine does not let it.
   */
  async boot(lab: Lab, shown: Readonly<Record<string, string>>): Promise<BootedSystem | null> {
    const groups = await controlGroups();
    if (groups === null) return null;
    const group = `${groups}/${lab.client.name}`;
    try {
      await Deno.mkdir(group);
    } catch {
      return null;
    }
    const pairs = Object.entries(shown).flat();
    const arguments_ = [this.folder, group, lab.client.name, ...pairs];
    const daemon = new Daemon(["sh", "-c", BOOT, ...arguments_]);
    const booted = new BootedSystem(daemon, group);
    try {
      await booted.ready();
      return booted;
    } catch {
      await booted[Symbol.asyncDispose]();
      return null;
    }
  }
}

/** Where version 2 of the control groups is; null if nowhere. */
async function controlGroups(): Promise<string | null> {
  const mounts = await Deno.readTextFile("/proc/mounts");
  return /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1] ?? null;
}

/**
 * Makes the folder $0 the root of namespaces of its own, in the control group $1 and the network $2, and
 * becomes its first process. All mounts are gone with it.
 */
const BOOT = `set -e
echo $$ >"$1/cgroup.procs"
network=$2
shift 2
exec ip netns exec "$network" unshare --pid --fork --kill-child --mount --uts --ipc --cgroup sh -c '
set -e
mount --make-rprivate /
mount --bind "$0" "$0"
cd "$0"
while [ $# -gt 0 ]; do
  if [ -d "$2" ]; then mkdir -p ".$1"; else touch ".$1"; fi
  mount --bind "$2" ".$1"
  mount -o remount,bind,ro ".$1"
  shift 2
done
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
  touch dev/$name
  mount --bind /dev/$name dev/$name
done
ln -s /proc/self/fd dev/fd
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
mount -t cgroup2 cgroup2 sys/fs/cgroup
mkdir run/outside
pivot_root . run/outside
umount -l /run/outside
exec env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system
' "$0" "$@"`;

/** A system whose first process is systemd. */
export class BootedSystem implements AsyncDisposable {
  readonly #daemon: Daemon;
  readonly #group: string;
  #first = 0;

  constructor(daemon: Daemon, group: string) {
    this.#daemon = daemon;
    this.#group = group;
  }

  /** Waits until it has booted. */
  async ready(): Promise<void> {
    const { pid } = this.#daemon;
    this.#first = await until("systemd starts", async () => {
      if (!this.#daemon.running) throw new Error(this.#daemon.stderr);
      const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
      const child = parseInt(children);
      const name = await Deno.readTextFile(`/proc/${child}/comm`).catch(() => "");
      return name === "systemd\n" ? child : null;
    });
    await until("the system has booted", async () => {
      const { stdout } = await this.run(["systemctl", "is-system-running"], true);
      return /^(?:running|degraded)$/m.test(stdout);
    }, { timeout: MINUTES });
  }

  async run(command: readonly string[], mayFail = false) {
    const into = ["nsenter", "-t", `${this.#first}`, "-m", "-p", "-n", "-u", "-i", "-C"];
    return await run([...into, ...ENVIRONMENT, ...command], { mayFail, timeout: 2 * MINUTES });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // unshare is deaf to SIGTERM; the first process ends with it, and all others with that.
    await this.#daemon.stop("SIGKILL");
    await until("its control groups are empty", async () => {
      await run(["find", this.#group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"], {
        mayFail: true,
      });
      return await Deno.stat(this.#group).then(() => false, () => true);
    });
  }
}
