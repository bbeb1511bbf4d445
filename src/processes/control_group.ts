// What the path of a control group tells: the systemd unit, the container, the pod.

export interface ControlGroup {
  /** Of systemd: "nginx.service", "session-3.scope"; "" if none. */
  readonly unit: string;
  /** "docker", "podman", "containerd", "crio", "lxc", "nspawn"; "" if it is no container's. */
  readonly runtime: string;
  /** The container's name of LXC or nspawn, else the first twelve digits of its id; "" if none. */
  readonly container: string;
  /** The uid of the Kubernetes pod; "" if none. */
  readonly pod: string;
}

/** Container ids have so many hexadecimal digits, of which this many are shown. */
const SHOWN_DIGITS = 12;

/**
 * An id, with what comes before it:
 *   /system.slice/docker-ID.scope, /docker/ID           Docker, with cgroup v2 or systemd, and v1
 *   /machine.slice/libpod-ID.scope, /libpod_parent/libpod-ID    Podman
 *   .../cri-containerd-ID.scope, ...:cri-containerd:ID, /kubepods/burstable/podUID/ID   containerd
 *   .../crio-ID.scope                                    CRI-O
 */
const ID =
  /(?:^|[/:-])(?:(docker|libpod|crio|cri-containerd|containerd|buildkit)[-:/])?([0-9a-f]{64})(?:\.scope)?(?=\/|$)/;
/** kubepods-besteffort-pod<uid>.slice has "_" for "-". */
const POD =
  /pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})(?=\.slice|\/|$|:)/;
/** Static pods have a hash for an id. */
const STATIC_POD = /\/(?:kubepods[^/]*-)?pod([0-9a-f]{32})(?=\.slice|\/|$|:)/;
const LXC = /\/lxc(?:\.payload[./]|\/)([^/]+)/;
/** machine-NAME.scope, systemd-nspawn@NAME.service */
const NSPAWN = /\/(?:machine-([^/]+)\.scope|systemd-nspawn@([^/]+)\.service)/;

const RUNTIMES: Readonly<Record<string, string>> = {
  libpod: "podman",
  "cri-containerd": "containerd",
};

const NO_CONTAINER = { runtime: "", container: "" };

/** `path`: beneath the root of its hierarchy, as in /proc/PID/cgroup. */
export function readControlGroup(path: string): ControlGroup {
  const pod = (POD.exec(path) ?? STATIC_POD.exec(path))?.[1]?.replaceAll("_", "-") ?? "";
  return { unit: unitOf(path), pod, ...containerOf(path, pod !== "") };
}

function containerOf(path: string, isInPod: boolean): typeof NO_CONTAINER {
  const byId = ID.exec(path);
  if (byId !== null) {
    const tool = byId[1] ?? (isInPod ? "containerd" : "container");
    return { runtime: RUNTIMES[tool] ?? tool, container: byId[2]!.slice(0, SHOWN_DIGITS) };
  }
  const lxc = LXC.exec(path)?.[1];
  if (lxc !== undefined) return { runtime: "lxc", container: lxc };
  const nspawn = NSPAWN.exec(path);
  if (nspawn === null) return NO_CONTAINER;
  return { runtime: "nspawn", container: unescape(nspawn[1] ?? nspawn[2]!) };
}

/** The innermost unit: a user's own services are beneath user@1000.service. */
function unitOf(path: string): string {
  const unit = path.split("/").findLast((part) => /\.(?:service|scope)$/.test(part)) ?? "";
  return unescape(unit);
}

/** systemd writes characters that have a meaning in its names as "\x2d". */
const unescape = (name: string): string =>
  name.replace(/\\x([0-9a-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));

/**
 * The path that tells most among those of /proc/PID/cgroup: that of a container, in whichever hierarchy
 * it is, else that of systemd.
 */
export function bestPath(file: string): string {
  const paths = file.trim().split("\n").map((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return { controllers, path: path ?? "" };
  });
  const container = paths.find(({ path }) => isContainer(path));
  if (container !== undefined) return container.path;
  const systemd = paths.find(({ controllers, path }) =>
    controllers === "name=systemd" && path !== "/"
  );
  return (systemd ?? paths.find(({ controllers }) => controllers === ""))?.path ?? "";
}

/** Whether the path is that of a container or pod. */
function isContainer(path: string): boolean {
  const { runtime, pod } = readControlGroup(path);
  return runtime !== "" || pod !== "";
}
