import assert from "node:assert/strict";
import { namespaceObstacle, pastaObstacle, switchedOff } from "./obstacles.ts";

Deno.test("the setting is named that switches user namespaces off", () => {
  const said = (settings: Record<string, string>, isRoot = false) =>
    namespaceObstacle((name) => settings[name] ?? null, isRoot);
  const on = {
    "kernel.unprivileged_userns_clone": "1",
    "user.max_user_namespaces": "1000",
    "kernel.apparmor_restrict_unprivileged_userns": "0",
  };
  assert.match(
    said({ ...on, "kernel.unprivileged_userns_clone": "0" }),
    /switched off: sudo sysctl -w kernel\.unprivileged_userns_clone=1$/,
  );
  assert.match(said({ ...on, "user.max_user_namespaces": "0" }), /max_user_namespaces=10000$/);
  assert.match(
    said({ ...on, "kernel.apparmor_restrict_unprivileged_userns": "1" }),
    /apparmor_restrict_unprivileged_userns=0$/,
  );
  const off = { ...on, "kernel.unprivileged_userns_clone": "0" };
  assert.match(said(off, true), /a container may forbid it/, "root may all the same");
  assert.match(
    said({ ...off, "user.max_user_namespaces": "0" }, true),
    /max_user_namespaces=10000$/,
  );
  assert.match(said(on), /a container may forbid it/);
  assert.match(said({}), /a container may forbid it/);
  assert.equal(switchedOff((name) => on[name as keyof typeof on], false), null);
});

Deno.test("of what pasta says only a reason is told", () => {
  const noise = "Failed to send 45 bytes to syslog\nSaving packet capture to /tmp/x/packets\n";
  assert.match(pastaObstacle(`${noise}Failed to open tun socket in namespace\n`), /chmod 666/);
  assert.match(pastaObstacle(`${noise}No external interface for IPv4\n`), /no default route/);
  assert.equal(pastaObstacle(`${noise}Something else\n`), "pasta failed: Something else");
  assert.equal(pastaObstacle(noise), "pasta failed: it gave no reason");
});
