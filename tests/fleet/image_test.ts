// What the image and the DaemonSet of scripts/fleet promise, as far as it can be tried without a cluster:
// webstat runs on the files of the image alone, which it cannot write to, with the right to open packet
// sockets and no other. The rest is checked against the schemas of Kubernetes.

import assert from "node:assert/strict";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { DaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { parseAllDocuments } from "yaml";
import { curl, endToEnd, fetchIn, WEBSTAT } from "../e2e/webstat.ts";
import { programSources } from "../sources.ts";
import { isLauncher } from "../checkout.ts";
import { Lab } from "../lab/lab.ts";
import { run, until } from "../lab/process.ts";
import { Nginx } from "../lab/servers.ts";
import { typeErrors } from "../type_check.ts";
import { FLEET } from "./fleet.ts";

/** All capabilities but CAP_NET_RAW (13), by number. */
const OTHERS = Array.from({ length: 41 }, (_, i) => i).filter((number) => number !== 13);

endToEnd("image: its files are enough, read-only, with NET_RAW only", async () => {
  assert.equal(await isLauncher(WEBSTAT), false, "needs an executable: see scripts/compile");
  await using lab = await Lab.create();
  const { client, directory } = lab;
  const { certificates } = await Nginx.start(lab);
  const root = `${directory}/root`;
  await run([`${FLEET}/make-root`, WEBSTAT, root]);
  const { args } = daemonSet().spec!.template.spec!.containers[0]!;
  const start = (...more: string[]) =>
    client.start([
      ...["unshare", "--mount", "sh", "-ec"],
      `mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --rbind /sys "$0/sys"
mount -o remount,ro,bind "$0"
exec capsh --no-new-privs --chroot="$0" --drop=${OTHERS.join()} --shell=/webstat -- "$@"`,
      ...[root, ...args!, ...more],
    ]);
  const daemon = start();
  await daemon.waitFor(/listening on any/, 20_000);
  await curl(lab, `http://${lab.server.ipv4}/`);
  const page = await until("the request is counted", async () => {
    const text = await fetchIn(client, `http://${client.ipv4}:8000/metrics`);
    return text.includes(`webstat_hits_total{host="${lab.server.ipv4}"`) ? text : null;
  });
  assert.match(page, /^webstat_privileges_info\{.*capabilities="cap_net_raw".*\} 1$/m);
  const { code, stderr } = await daemon.stop("SIGTERM");
  assert.equal(code, 0, stderr);

  const { certificate, key } = certificates;
  await Deno.copyFile(certificate, `${root}/etc/certificate.pem`);
  await Deno.copyFile(key, `${root}/etc/key.pem`);
  const tls = "tls_server_config: { cert_file: certificate.pem, key_file: key.pem }\n";
  await Deno.writeTextFile(`${root}/etc/web.yml`, tls);
  const encrypted = start("--web-config", "/etc/web.yml");
  const [url] = await encrypted.waitFor(/https:\/\/[^\s/]+/, 20_000);
  const address = url!.replace("0.0.0.0", client.ipv4);
  assert.match(
    (await client.run(["curl", "-sS", "-k", "-f", "-m", "10", `${address}/metrics`])).stdout,
    /^webstat_build_info/m,
  );
  await encrypted.stop("SIGTERM");
}, ["capsh", "unshare"]);

Deno.test("image: a library of each kind that webstat opens is among its files", async () => {
  const listed = await Deno.readTextFile(`${FLEET}/make-root`);
  for (const { path, text } of programSources()) {
    if (!path.startsWith("ffi/")) continue;
    // The list of names is one of alternatives.
    const names: readonly string[] = text.match(/\blib\w+\.so[.\d]*\b/g) ?? [];
    if (names.length === 0 || names.includes("libc.so.6")) continue;
    assert.ok(names.some((name) => listed.includes(name)), `${path} opens ${names.join(" or ")}`);
  }
});

function documents(): Record<string, unknown>[] {
  return parseAllDocuments(Deno.readTextFileSync(`${FLEET}/kubernetes.yml`))
    .map((document) => document.toJS() as Record<string, unknown>);
}

const daemonSet = () => new DaemonSet(documents().find(({ kind }) => kind === "DaemonSet")!);

Deno.test("kubernetes.yml is valid by the schemas of Kubernetes and of Prometheus' operator", () => {
  const [namespace, daemons, monitor, ...more] = documents();
  assert.deepEqual(more, []);
  new Namespace(namespace).validate();
  new DaemonSet(daemons as never).validate();
  new PodMonitor(monitor as never).validate();
  assert.throws(() => new DaemonSet({ ...daemons, spec: { selector: 1 } } as never).validate());
});

Deno.test("kubernetes.yml has no key that Kubernetes and Prometheus' operator do not know", async () => {
  // The schemas above allow other keys: a wrong word would pass. The types do not.
  const [namespace, daemons, monitor] = documents().map((each) => JSON.stringify(each));
  const misspelt = daemons!.replace('"readinessProbe"', '"readynessProbe"');
  assert.notEqual(misspelt, daemons);
  const source = `
import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { INamespace } from "kubernetes-models/v1/Namespace";
export const namespace: INamespace = ${namespace};
export const daemons: IDaemonSet = ${daemons};
export const monitor: IPodMonitor = ${monitor};
// @ts-expect-error a wrong word
export const misspelt: IDaemonSet = ${misspelt};
`;
  assert.equal(await typeErrors(source), "");
});

Deno.test("the DaemonSet has the node's network, one right, and files that cannot be written", () => {
  const { hostNetwork, containers } = daemonSet().spec!.template.spec!;
  assert.equal(hostNetwork, true);
  assert.deepEqual(containers[0]!.securityContext, {
    runAsUser: 0,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
    seccompProfile: { type: "RuntimeDefault" },
  });
});
