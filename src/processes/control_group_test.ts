import assert from "node:assert/strict";
import { bestPath, readControlGroup } from "./control_group.ts";

const ID = "0123456789ab".padEnd(64, "c");
const UID = "8f6a1f0c-1b2d-4c3e-9f00-aabbccddeeff";
const UID_ = UID.replaceAll("-", "_");

/** Path, then unit, runtime, container, pod. */
const PATHS: readonly (readonly [string, string, string, string, string])[] = [
  ["/", "", "", "", ""],
  ["/system.slice/nginx.service", "nginx.service", "", "", ""],
  ["/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", "", "", ""],
  ["/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "", "", ""],
  [
    "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox\\x2desr-42.scope",
    "app-firefox-esr-42.scope",
    "",
    "",
    "",
  ],
  [
    `/system.slice/docker-${ID}.scope`,
    `docker-${ID}.scope`,
    "docker",
    "0123456789ab",
    "",
  ],
  [`/docker/${ID}`, "", "docker", "0123456789ab", ""],
  [`/docker/${ID}/init.scope`, "init.scope", "docker", "0123456789ab", ""],
  [
    `/machine.slice/libpod-${ID}.scope/container`,
    `libpod-${ID}.scope`,
    "podman",
    "0123456789ab",
    "",
  ],
  [`/libpod_parent/libpod-${ID}`, "", "podman", "0123456789ab", ""],
  [
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    `cri-containerd-${ID}.scope`,
    "containerd",
    "0123456789ab",
    UID,
  ],
  [`/kubepods/besteffort/pod${UID}/${ID}`, "", "containerd", "0123456789ab", UID],
  [
    `/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope`,
    `crio-${ID}.scope`,
    "crio",
    "0123456789ab",
    UID,
  ],
  [
    `/system.slice/containerd.service/kubepods-besteffort-pod${UID_}.slice:cri-containerd:${ID}`,
    "containerd.service",
    "containerd",
    "0123456789ab",
    UID,
  ],
  ["/lxc.payload.web/system.slice/ssh.service", "ssh.service", "lxc", "web", ""],
  ["/lxc/web", "", "lxc", "web", ""],
  [
    "/machine.slice/machine-debian\\x2dtest.scope",
    "machine-debian-test.scope",
    "nspawn",
    "debian-test",
    "",
  ],
];

Deno.test("the path of a control group tells the unit, the container and the pod", () => {
  for (const [path, unit, runtime, container, pod] of PATHS) {
    assert.deepEqual(readControlGroup(path), { unit, runtime, container, pod }, path);
  }
});

Deno.test("of several hierarchies the one counts that tells most", () => {
  const docker = `12:pids:/docker/${ID}\n1:name=systemd:/system.slice/docker.service\n0::/\n`;
  assert.equal(bestPath(docker), `/docker/${ID}`);
  assert.equal(bestPath("9:name=systemd:/a.service\n3:cpu:/x\n0::/\n"), "/a.service");
  assert.equal(bestPath("9:name=systemd:/\n3:cpu:/x\n0::/b.service\n"), "/b.service");
  assert.equal(bestPath("0::/user.slice/a.scope\n"), "/user.slice/a.scope");
  assert.equal(bestPath(""), "");
});
