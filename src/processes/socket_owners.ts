// Whose the sockets are that are open now: from the kernel's lists of sockets, of all network namespaces,
// and the descriptors of all processes. It needs root's rights.

import { inNetwork } from "../../ffi/netlink.ts";
import { listSystemFolder, RawFile, readSystemLink } from "../../ffi/raw_file.ts";
import { listProcesses } from "./process_files.ts";
import { type Socket, SocketList } from "./sock_diag.ts";

/** Network namespaces that are looked into. */
const MAX_NETWORKS = 1024;

/** A socket, and the process that has it open. */
export interface OwnedSocket extends Socket {
  /** Of its network namespace. */
  readonly network: string;
  readonly pid: number;
}

/** All that belong to a process. */
export function ownedSockets(): OwnedSocket[] {
  const sockets = openSockets();
  const owners = socketOwners();
  return sockets.flatMap((socket) => {
    const pid = owners.get(socket.inode);
    return pid === undefined ? [] : [{ ...socket, pid }];
  });
}

function openSockets(): (Socket & { readonly network: string })[] {
  return [...networks()].flatMap(([network, pid]) => {
    const sockets = pid === null ? readAll() : readIn(pid);
    return sockets.map((socket) => ({ ...socket, network }));
  });
}

/** Each network namespace, and a process that is in it; null for the one of this thread. */
function networks(): Map<string, number | null> {
  const own = readSystemLink("/proc/thread-self/ns/net");
  const found = new Map<string, number | null>([[own ?? "", null]]);
  for (const pid of listProcesses()) {
    const network = readSystemLink(`/proc/${pid}/ns/net`);
    if (network === null || found.has(network)) continue;
    if (found.size < MAX_NETWORKS) found.set(network, pid);
  }
  return found;
}

function readAll(): Socket[] {
  const sockets: Socket[] = [];
  const list = SocketList.open();
  list?.read(sockets);
  list?.close();
  return sockets;
}

function readIn(pid: number): Socket[] {
  const namespace = RawFile.tryOpen(`/proc/${pid}/ns/net`);
  if (namespace === null) return [];
  try {
    return inNetwork(namespace, readAll) ?? [];
  } finally {
    namespace.close();
  }
}

/** Which process has the socket of an inode; the one with the least number, if several have. */
function socketOwners(): Map<number, number> {
  const owners = new Map<number, number>();
  for (const pid of listProcesses().sort((a, b) => a - b)) {
    const folder = `/proc/${pid}/fd/`;
    for (const name of listSystemFolder(folder) ?? []) {
      const link = readSystemLink(folder + name);
      if (link === null || !link.startsWith("socket:[")) continue;
      const inode = Number(link.slice(8, -1));
      if (!owners.has(inode)) owners.set(inode, pid);
    }
  }
  return owners;
}
