// An overlay network: Ethernet in UDP between the two sides of a lab (RFC 7348).

import type { Lab, Namespace } from "./lab.ts";

/** Its end of the overlay; the name is the same on both sides. */
export const OVERLAY = "vxlan0";

/** Joins the two sides by a tunnel of one more network, through their cable. */
export async function joinByVxlan(
  { client, server }: Lab,
  addressesOf: (side: Namespace) => readonly string[],
): Promise<void> {
  for (const [here, there] of [[client, server], [server, client]] as const) {
    await here.ip(
      ...["link", "add", OVERLAY, "type", "vxlan", "id", "7", "dstport", "4789"],
      ...["local", here.ipv4, "remote", there.ipv4],
    );
    await here.configure(OVERLAY, addressesOf(here));
  }
}
