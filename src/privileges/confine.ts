// Gives away what is no longer needed: root, capabilities, system calls, files. Each step stands by
// itself, and `confine` takes all.

import { type Account, accountOfUser } from "../../ffi/accounts.ts";
import {
  becomeUser,
  canBecomeRoot,
  CAPABILITY,
  capabilityNames,
  keepCapabilities,
  limitCapabilities,
  refuseNewPrivileges,
} from "../../ffi/credentials.ts";
import { Ruleset } from "../../ffi/landlock.ts";
import { filterCalls } from "../../ffi/seccomp.ts";
import { readSystemFile } from "../../ffi/raw_file.ts";
import { ownThread } from "../../ffi/threads.ts";
import { UserError } from "../errors.ts";
import { type Reach, rulesFor } from "./path_rules.ts";
import { refusalProgram } from "./refused_calls.ts";
import { type ThreadStatus, threadStatus, threadStatuses } from "./thread_status.ts";
import type { NextUser } from "./user.ts";

/** CAP_NET_RAW */
const RAW_SOCKETS = 1n << BigInt(CAPABILITY.rawSockets);

export interface Confinement {
  /** Whom to become; null to stay. */
  readonly user: NextUser | null;
  /** Threads that open interfaces again: they keep the right to, and nothing else. */
  readonly openers: readonly number[];
  readonly reach: Reach;
  /** TCP ports of servers that are still connected to. */
  readonly ports: readonly number[];
  /** Whether signals are still sent to other processes. */
  readonly signals: boolean;
}

/** What a process may do, for messages and metrics. */
export interface Privileges {
  readonly user: string;
  /** "all", "none", or those that some threads keep. */
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
  readonly seccomp: boolean;
  /** The version of the kernel's interface; 0 if it does not restrict this process. */
  readonly landlock: number;
}

/**
 * Takes from this process all that `confinement` does not leave to it, and proves that it cannot come
 * back. `warn` hears what could not be taken. Throws UserError. Only Linux has all of this: elsewhere
 * everything stays as it is.
 */
export function confine(confinement: Confinement, warn: (message: string) => void): Privileges {
  if (Deno.build.os !== "linux") return currentPrivileges();
  const { user, openers, reach, ports, signals } = confinement;
  try {
    const ruleset = Ruleset.create({ paths: rulesFor(reach), ports, signals });
    const changes = user !== null && (user.from === "option" || canChangeUser(user, warn));
    if (changes) changeUser(user, openers);
    const kept = dropCapabilities(openers);
    refuseCalls();
    ruleset?.restrict();
    const statuses = prove(changes ? user : null, kept);
    return { ...privilegesOf(statuses), landlock: ruleset?.version ?? 0 };
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    const help = "it stops, as --no-drop was not given";
    throw new UserError(`cannot give privileges away: ${error.message}; ${help}`, { cause: error });
  }
}

/** What this process may do now. */
export function currentPrivileges(): Privileges {
  return privilegesOf(Deno.build.os === "linux" ? threadStatuses() : []);
}

function privilegesOf(statuses: readonly ThreadStatus[]): Privileges {
  const bits = statuses.reduce((all, { capabilities }) => all | capabilities[1]!, 0n);
  const uid = Deno.uid() ?? 0;
  return {
    user: accountOfUser(uid)?.name ?? String(uid),
    capabilities: capabilityNames(bits),
    noNewPrivileges: statuses.length > 0 && statuses.every((each) => each.noNewPrivileges),
    seccomp: statuses.length > 0 && statuses.every((each) => each.isFiltered),
    landlock: 0,
  };
}

/** Root in a container may lack the right to become another user. */
function canChangeUser(user: Account, warn: (message: string) => void): boolean {
  const effective = threadStatus(ownThread())?.capabilities[0] ?? 0n;
  const needed = 1n << BigInt(CAPABILITY.setUser) | 1n << BigInt(CAPABILITY.setGroup);
  if ((effective & needed) === needed && isMapped(user)) return true;
  warn(`this process may not become ${user.name}: it stays root, without any of root's rights`);
  return false;
}

/** Whether this user namespace has a number for the user, and lets processes leave their groups. */
function isMapped({ uid }: Account): boolean {
  const lines = readSystemFile("/proc/self/uid_map")?.trim().split("\n") ?? [];
  if (readSystemFile("/proc/self/setgroups")?.trim() === "deny") return false;
  return lines.some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return uid >= first! && uid < first! + count!;
  });
}

/** All threads become those of `user`; `openers` keep their capabilities, but none in effect. */
function changeUser({ name, uid, gid }: Account, openers: readonly number[]): void {
  keepCapabilities(openers);
  if (!becomeUser(uid, gid)) throw new Error(`the system does not let it become ${name}`);
}

/** Leaves CAP_NET_RAW to `openers`, if they have it, and nothing to all others: who has it now. */
function dropCapabilities(openers: readonly number[]): readonly number[] {
  const kept = openers.filter((thread) =>
    ((threadStatus(thread)?.capabilities[1] ?? 0n) & RAW_SOCKETS) !== 0n
  );
  limitCapabilities(kept, [CAPABILITY.rawSockets]);
  return kept;
}

/** No thread can gain rights any more, or make the calls of refused_calls.ts. */
function refuseCalls(): void {
  refuseNewPrivileges();
  filterCalls(refusalProgram());
}

/**
 * Throws Error if a thread has more than it should. `user`: whom all have become. Returns what the
 * threads have.
 */
function prove(user: Account | null, openers: readonly number[]): readonly ThreadStatus[] {
  if (user !== null && canBecomeRoot()) throw new Error("it could become root again");
  const statuses = threadStatuses();
  for (const status of statuses) {
    const { thread, users, groups, furtherGroups, capabilities, noNewPrivileges } = status;
    const isUsers = user === null ||
      users.every((id) => id === user.uid) && groups.every((id) => id === user.gid) &&
        furtherGroups.length === 0;
    if (!isUsers) throw new Error("a thread is still root's");
    const allowed = openers.includes(thread) ? RAW_SOCKETS : 0n;
    if (capabilities.some((bits) => (bits & ~allowed) !== 0n)) {
      throw new Error("a thread still has capabilities");
    }
    if (!noNewPrivileges) throw new Error("a thread could still gain privileges");
  }
  return statuses;
}
