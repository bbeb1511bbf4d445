// Whom webstat becomes once everything is open that root alone can open.

import { type Account, accountOfName, accountOfUser } from "../../ffi/accounts.ts";
import { UserError } from "../errors.ts";

/** Whom webstat becomes, and who says so. */
export interface NextUser extends Account {
  readonly from: "option" | "sudo" | "usual";
}

/** In this order, if root was not borrowed from another user. */
const USUAL = ["webstat", "nobody"];
/** What Linux shows for users that have no number here. */
const NOBODY: Account = { name: "nobody", uid: 65534, gid: 65534, home: "" };

/** Where accounts are looked up. */
export interface Accounts {
  ofName(name: string): Account | null;
  ofUser(uid: number): Account | null;
}

const SYSTEM: Accounts = { ofName: accountOfName, ofUser: accountOfUser };

/**
 * The user `named` or else, of a process of root's, who called sudo, a user "webstat", or nobody. Null
 * if the process stays who it is, as it is not root's. `option`: how `named` was given, for messages.
 * Throws UserError.
 */
export function userToBecome(
  named: string | null,
  option: string,
  env: (name: string) => string | undefined,
  uid: number | null = Deno.uid(),
  accounts: Accounts = SYSTEM,
): NextUser | null {
  const user = named === null ? null : namedUser(named, option, accounts);
  if (uid === 0) return user ?? sudoUser(env, accounts) ?? usualUser(accounts);
  if (user === null || user.uid === uid) return null;
  throw new UserError(`${option} ${named}: only root can become another user`, { usage: true });
}

function namedUser(named: string, option: string, accounts: Accounts): NextUser {
  const isNumber = /^\d{1,9}$/.test(named);
  const user = accounts.ofName(named) ?? (isNumber ? accounts.ofUser(Number(named)) : null);
  if (user === null) {
    throw new UserError(`${option} ${named}: there is no such user`, { usage: true });
  }
  if (user.uid === 0) {
    const help = "name another user, or keep all rights with --no-drop";
    throw new UserError(`${option} ${named}: that is root: ${help}`, { usage: true });
  }
  return { ...user, from: "option" };
}

function sudoUser(env: (name: string) => string | undefined, accounts: Accounts): NextUser | null {
  const [uid, gid] = [Number(env("SUDO_UID") || NaN), Number(env("SUDO_GID") || NaN)];
  if (!Number.isInteger(uid) || !Number.isInteger(gid) || uid <= 0 || gid < 0) return null;
  const { name, home } = accounts.ofUser(uid) ?? { name: String(uid), home: "" };
  return { name, uid, gid, home, from: "sudo" };
}

function usualUser(accounts: Accounts): NextUser {
  for (const name of USUAL) {
    const user = accounts.ofName(name);
    if (user !== null && user.uid !== 0) return { ...user, from: "usual" };
  }
  return { ...NOBODY, from: "usual" };
}
