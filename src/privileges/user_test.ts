import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { type Accounts, userToBecome } from "./user.ts";

const USERS = [
  { name: "root", uid: 0, gid: 0, home: "/root" },
  { name: "ada", uid: 1000, gid: 1001, home: "/home/ada" },
  { name: "nobody", uid: 65534, gid: 65533, home: "/" },
];
const WITH_WEBSTAT = [...USERS, { name: "webstat", uid: 990, gid: 991, home: "/var/lib/webstat" }];

const accountsOf = (users: typeof USERS): Accounts => ({
  ofName: (name) => users.find((user) => user.name === name) ?? null,
  ofUser: (uid) => users.find((user) => user.uid === uid) ?? null,
});

const SUDO = { SUDO_UID: "1000", SUDO_GID: "1000" };

function choose(
  named: string | null,
  env: Record<string, string> = {},
  uid = 0,
  users = USERS,
): string | null {
  const user = userToBecome(named, "--user", (name) => env[name], uid, accountsOf(users));
  return user && `${user.name} ${user.uid} ${user.gid} ${user.home}`;
}

Deno.test("root becomes who is named, who called sudo, webstat, or nobody", () => {
  assert.equal(choose("ada", SUDO, 0, WITH_WEBSTAT), "ada 1000 1001 /home/ada");
  assert.equal(choose("990", SUDO, 0, WITH_WEBSTAT), "webstat 990 991 /var/lib/webstat");
  // The group that sudo tells is the caller's at that time.
  assert.equal(choose(null, SUDO, 0, WITH_WEBSTAT), "ada 1000 1000 /home/ada");
  assert.equal(choose(null, {}, 0, WITH_WEBSTAT), "webstat 990 991 /var/lib/webstat");
  assert.equal(choose(null), "nobody 65534 65533 /");
  assert.equal(choose(null, {}, 0, []), "nobody 65534 65534 ");
});

Deno.test("a caller of sudo that nobody knows is a number; root in a shell of sudo's is none", () => {
  assert.equal(choose(null, { SUDO_UID: "5000", SUDO_GID: "5000" }), "5000 5000 5000 ");
  for (const env of [{ SUDO_UID: "0", SUDO_GID: "0" }, { SUDO_UID: "x", SUDO_GID: "1" }]) {
    assert.equal(choose(null, env), "nobody 65534 65533 /");
  }
  assert.equal(choose(null, { SUDO_UID: "1000" }), "nobody 65534 65533 /");
});

Deno.test("other users stay who they are, whatever the environment says", () => {
  assert.equal(choose(null, SUDO, 1000), null);
  assert.equal(choose("ada", {}, 1000), null);
});

Deno.test("what cannot be is told", () => {
  const wrong = (message: RegExp, ...args: Parameters<typeof choose>) =>
    assert.throws(() => choose(...args), (error) => {
      assert(error instanceof UserError && error.usage);
      assert.match(error.message, message);
      return true;
    });
  wrong(/^--user eve: there is no such user$/, "eve");
  wrong(/no such user/, "77777");
  wrong(/that is root.*--no-drop/, "root");
  wrong(/that is root/, "0");
  wrong(/only root can become/, "nobody", {}, 1000);
});
