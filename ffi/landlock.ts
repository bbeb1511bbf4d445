// Landlock (landlock(7)): a process gives away the right to open files, but for those that it names.

import { RawFile } from "./raw_file.ts";
import { systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";
import { callInAllThreads } from "./threads.ts";

/** LANDLOCK_ACCESS_FS_*, and since which version of the interface. */
const FILES = {
  execute: [1 << 0, 1],
  writeFile: [1 << 1, 1],
  readFile: [1 << 2, 1],
  readFolder: [1 << 3, 1],
  removeFolder: [1 << 4, 1],
  removeFile: [1 << 5, 1],
  makeDevice: [1 << 6, 1],
  makeFolder: [1 << 7, 1],
  makeFile: [1 << 8, 1],
  makeSocket: [1 << 9, 1],
  makeFifo: [1 << 10, 1],
  makeBlockDevice: [1 << 11, 1],
  makeLink: [1 << 12, 1],
  moveBetweenFolders: [1 << 13, 2],
  truncate: [1 << 14, 3],
  controlDevice: [1 << 15, 5],
} as const;

export type FileRight = keyof typeof FILES;

/** What can be allowed for a file; all else is for folders. */
const OF_FILES = bitsOf(["execute", "writeFile", "readFile", "truncate", "controlDevice"], 5);

/** LANDLOCK_ACCESS_NET_*, since version 4. */
const TCP = { bind: 1, connect: 2, since: 4 } as const;
/** LANDLOCK_SCOPE_*, since version 6: abstract Unix sockets, and signals to other processes. */
const SCOPE = { sockets: 1, signals: 2, since: 6 } as const;

const CREATE_RULESET_VERSION = 1;
const RULE = { path: 1, port: 2 } as const;

/** What may still be done beneath a path. */
export interface PathRule {
  readonly path: string;
  readonly rights: readonly FileRight[];
}

export interface Rules {
  /** Paths that are not there are left out. */
  readonly paths: readonly PathRule[];
  /** TCP ports that may be connected to; none may be listened on that is not yet. */
  readonly ports: readonly number[];
  /** Whether signals may be sent to other processes. */
  readonly signals: boolean;
}

/** The version of the kernel's interface; 0 if it has none, or does not use it. */
function landlockVersion(): number {
  return Math.max(0, systemCall("landlock_create_ruleset", 0, 0, CREATE_RULESET_VERSION));
}

/** Rules that are ready to be put into force. */
export class Ruleset {
  /** Of the kernel's interface. */
  readonly version: number;
  readonly #descriptor: number;

  private constructor(version: number, descriptor: number) {
    this.version = version;
    this.#descriptor = descriptor;
  }

  /**
   * Opens all paths of `rules`, with the rights that this process has now. Null if the kernel has no
   * Landlock. Throws Error.
   */
  static create(rules: Rules): Ruleset | null {
    const version = landlockVersion();
    if (version === 0) return null;
    const ruleset = new Ruleset(version, createRuleset(rules, version));
    for (const rule of rules.paths) allowPath(ruleset.#descriptor, rule, version);
    const ports = version >= TCP.since ? rules.ports : [];
    for (const port of ports) allowPort(ruleset.#descriptor, port);
    return ruleset;
  }

  /**
   * Takes all that the rules do not allow from this process and what it starts, for good, as far as
   * the kernel can. Every thread must have no_new_privs. Throws Error.
   */
  restrict(): void {
    callInAllThreads([], "landlock_restrict_self", this.#descriptor, 0);
    RawFile.of(this.#descriptor).close();
  }
}

/** struct landlock_ruleset_attr { u64 files; u64 network; u64 scoped; }, shorter in old versions. */
function createRuleset({ signals }: Rules, version: number): number {
  const handled = bitsOf(Object.keys(FILES) as FileRight[], version);
  const scope = SCOPE.sockets | (signals ? 0 : SCOPE.signals);
  const fields = [
    handled,
    ...(version >= TCP.since ? [TCP.bind | TCP.connect] : []),
    ...(version >= SCOPE.since ? [scope] : []),
  ];
  const attributes = new Uint8Array(BigUint64Array.from(fields, BigInt).buffer);
  const ruleset = systemCall(
    "landlock_create_ruleset",
    addressOf(attributes),
    attributes.length,
    0,
  );
  if (ruleset < 0) throw new Error("the kernel refuses a ruleset of Landlock");
  return ruleset;
}

/** struct landlock_path_beneath_attr { u64 allowed; s32 descriptor; } */
function allowPath(ruleset: number, { path, rights }: PathRule, version: number): void {
  const file = RawFile.tryOpen(path, { pathOnly: true });
  if (file === null) return;
  try {
    const bits = bitsOf(rights, version);
    // Of a folder all that is asked for, of a file what there is for files.
    if (add(bits) || add(bits & OF_FILES)) return;
    throw new Error(`the kernel refuses a rule of Landlock for ${path}`);
  } finally {
    file.close();
  }

  function add(allowed: number): boolean {
    const rule = new DataView(new ArrayBuffer(12));
    rule.setBigUint64(0, BigInt(allowed), true);
    rule.setInt32(8, file!.descriptor, true);
    return addRule(ruleset, RULE.path, rule);
  }
}

/** struct landlock_net_port_attr { u64 allowed; u64 port; } */
function allowPort(ruleset: number, port: number): void {
  const rule = new DataView(new ArrayBuffer(16));
  rule.setBigUint64(0, BigInt(TCP.connect), true);
  rule.setBigUint64(8, BigInt(port), true);
  if (addRule(ruleset, RULE.port, rule)) return;
  throw new Error(`the kernel refuses a rule of Landlock for port ${port}`);
}

function addRule(ruleset: number, type: number, rule: DataView<ArrayBuffer>): boolean {
  const bytes = new Uint8Array(rule.buffer);
  return systemCall("landlock_add_rule", ruleset, type, addressOf(bytes), 0) === 0;
}

function bitsOf(rights: readonly FileRight[], version: number): number {
  return rights.reduce((bits, right) => {
    const [bit, since] = FILES[right];
    return since <= version ? bits | bit : bits;
  }, 0);
}
