// What the network has: interfaces, their link types and offloads.

import { offloads } from "../../ffi/interface_state.ts";
import { chooseInterface, type NetInterface } from "../capture/interfaces.ts";
import { readSystemFile } from "../../ffi/raw_file.ts";
import { systemReason } from "../errors.ts";
import { printable } from "../text.ts";
import { type Check, findings } from "./finding.ts";

/** What Linux calls the link layer of an interface: ARPHRD_ of <linux/if_arp.h>. */
const LINKS: Readonly<Record<number, string>> = {
  1: "Ethernet",
  512: "PPP",
  768: "IP in IP",
  769: "IPv6 in IPv6",
  772: "Ethernet",
  776: "IPv6 in IPv4",
  778: "GRE",
  803: "radiotap",
  823: "GRE",
  65534: "IP",
};

/** `interfaces`: those that there are. */
export function interfaceChecks(list: () => Promise<readonly NetInterface[]>): Check[] {
  return [
    async () => {
      const found = findings("interfaces");
      try {
        const interfaces = await list();
        const up = interfaces.filter((each) => each.up && each.index > 0).map(({ name }) => name);
        return found(
          "ok",
          `${chooseInterface(interfaces)} by default; up: ${up.map(printable).join(", ")}`,
        );
      } catch (error) {
        return found("fail", systemReason(error));
      }
    },
    async () => {
      const found = findings("link type");
      const links = (await list().catch(() => [])).filter((each) => each.up && each.index > 0)
        .map(({ name }) => ({ name: printable(name), link: linkOf(name) }));
      const unknown = links.filter(({ link }) => /^\d/.test(link));
      if (unknown.length === 0) {
        return found("ok", links.map(({ name, link }) => `${name}: ${link}`).join(", ") || "-");
      }
      const names = unknown.map(({ name, link }) => `${name} (ARPHRD ${link})`).join(", ");
      return found("warn", `${names} may not be read: choose another interface with -i`);
    },
    async () => {
      const found = findings("offloads");
      const all = await list().catch(() => []);
      const texts = all.filter((each) => each.up && each.index > 0 && !each.loopback)
        .map(({ name }) => `${printable(name)}: ${offloads(name).join(", ") || "none"}`);
      return found(
        "ok",
        `${texts.join("; ") || "nothing is up"}; bytes are those that the kernel shows`,
      );
    },
  ];
}

/** Its number if it is not known here. */
function linkOf(name: string): string {
  const type = readSystemFile(`/sys/class/net/${name}/type`)?.trim() ?? "";
  return LINKS[Number(type)] ?? (type || "not told by this system");
}
