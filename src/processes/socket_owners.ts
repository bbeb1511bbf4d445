// Whose the sockets are that are open now: from the kernel's lists of sockets, of all network namespaces,
// and the descriptors of all processes. It needs root's rights.

import { inNetwork } from "../../ffi/netlink.ts";
import { RawFile, readSystemLink, socketsOf } from "../../ffi/raw_file.ts";
import { listProcesses } from "./process_files.ts";
import { type Socket, SocketList } from "./sock_diag.ts";

/** Network namespaces that are looked into. */
const MAX_NETWORKS = 1024;

/** A socket, and the process that has it open. */
export interface OwnedSocket {
  readonly socket: Socket;
  readonly pid: number;
}

/** All that belong to a process. */
export function ownedSockets(): OwnedSocket[] {
  const sockets: Socket[] = [];
  for (const [network, pid] of networks()) readNetwork(network, pid, sockets);
  const owners = socketOwners();
  const owned: OwnedSocket[] = [];
  for (const socket of sockets) {
    const pid = owners.get(socket.inode);
    if (pid !== undefined) owned.push({ socket, pid });
  }
  return owned;
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

/** `pid`: a process in it; null for the namespace of this thread. */
function readNetwork(network: string, pid: number | null, sockets: Socket[]): void {
  const read = () => {
    const list = SocketList.open(network);
    list?.read(sockets);
    list?.close();
  };
  if (pid === null) return read();
  const namespace = RawFile.tryOpen(`/proc/${pid}/ns/net`);
  if (namespace === null) return;
  inNetwork(namespace, read);
  namespace.close();
}

/** Which process has the socket of an inode; the one with the least number, if several have. */
function socketOwners(): Map<number, number> {
  const owners = new Map<number, number>();
  for (const pid of listProcesses().sort((a, b) => a - b)) {
    for (const inode of socketsOf(pid)) if (!owners.has(inode)) owners.set(inode, pid);
  }
  return owners;
}
