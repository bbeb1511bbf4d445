// tinyproxy, an HTTP proxy: it takes absolute targets, and CONNECT.

import type { Lab } from "./lab.ts";

/** Starts it at the server, where it looks names up at the server's dnsmasq; returns its URL. */
export async function startTinyproxy(lab: Lab): Promise<string> {
  const configuration = `${lab.directory}/tinyproxy.conf`;
  await Deno.writeTextFile(
    configuration,
    `User root\nGroup root\nPort 8888\nTimeout 60\nMaxClients 10\nAllow 10.77.0.0/16\n`,
  );
  // `ip netns exec` finds the file by the name.
  const folder = `/etc/netns/${lab.server.name}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/resolv.conf`, "nameserver 127.0.0.1\n");
  const proxy = lab.server.start(["tinyproxy", "-d", "-c", configuration]);
  await proxy.waitFor(/Accepting connections|Starting main loop/);
  return `http://${lab.server.ipv4}:8888`;
}
