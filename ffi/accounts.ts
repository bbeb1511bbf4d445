// The users that the system knows, wherever it keeps them.

import { readCString, toCString } from "./library.ts";
import { linux } from "./linux.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** Its first group. */
  readonly gid: number;
  readonly home: string;
}

/** struct passwd { char *name, *password; uid_t uid; gid_t gid; char *comment, *home, *shell; } */
const PASSWD = { name: 0, uid: 16, gid: 20, home: 32 } as const;

const IS_LINUX = Deno.build.os === "linux";

/** Null if there is none of that name, or this is not Linux. */
export function accountOfName(name: string): Account | null {
  if (!IS_LINUX) return null;
  return read(linux().getpwnam(toCString(name)));
}

/** Null if there is none of that id, or this is not Linux. */
export function accountOfUser(uid: number): Account | null {
  if (!IS_LINUX) return null;
  return read(linux().getpwuid(uid));
}

function read(passwd: Deno.PointerValue): Account | null {
  if (passwd === null) return null;
  const view = new Deno.UnsafePointerView(passwd);
  return {
    name: readCString(view.getPointer(PASSWD.name)),
    uid: view.getUint32(PASSWD.uid),
    gid: view.getUint32(PASSWD.gid),
    home: readCString(view.getPointer(PASSWD.home)),
  };
}
