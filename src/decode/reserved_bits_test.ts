// Reserved bits, and bits that do not matter here, change nothing.

import assert from "node:assert/strict";
import { decode, sampleOf } from "./samples.ts";

/** Where the header of a tunnel begins: behind Ethernet and IPv4, and behind UDP. */
const IN_IP = 14 + 20;
const IN_UDP = IN_IP + 8;

/** By the name of a sample: bytes of the frame, and which bits of them. */
const RESERVED: Readonly<Record<string, readonly (readonly [at: number, bits: number])[]>> = {
  "Ethernet, IPv4": [[14 + 6, 0x80], [14 + 20 + 12, 0x0f]],
  "Ethernet, IPv6": [[14 + 40 + 12, 0x0f]],
  "IPv6 atomic fragment": [[14 + 40 + 1, 0xff], [14 + 40 + 3, 0x06]],
  "IPv6 authentication header": [[14 + 40 + 2, 0xff], [14 + 40 + 3, 0xff]],
  "802.1Q": [[14, 0xff], [15, 0xff]],
  "802.1ah": [[14, 0xff]],
  "TRILL": [[14, 0x38]],
  "MACsec": [[14, 0x53], [15, 0xff]],
  "NSH": [[14, 0x30], [15, 0xc0], [16, 0xf0]],
  "MPLS": [[14 + 2, 0x0e], [14 + 3, 0xff]],
  "cooked 2": [[2, 0xff], [3, 0xff]],
  "IP over InfiniBand": [[42, 0xff], [43, 0xff]],
  "frame relay, 2": [[1, 0x0e]],
  "Multilink PPP": [[4, 0x3f]],
  "radiotap": [[1, 0xff]],
  "PPI": [[1, 0xff]],
  "802.11 mesh": [[24, 0x70], [25, 0xff], [26, 0xfc]],
  "802.11 aggregate": [[24, 0x70], [25, 0xff]],
  "EtherIP": [[IN_IP, 0x0f], [IN_IP + 1, 0xff]],
  "GRE": [[IN_IP, 0x0f], [IN_IP + 1, 0xf8]],
  "GRE with all fields": [[IN_IP + 6, 0xff], [IN_IP + 7, 0xff]],
  "GRE in UDP": [[IN_UDP, 0x0f], [IN_UDP + 1, 0xf8]],
  "MPLS in UDP": [[IN_UDP + 2, 0x0e]],
  "LISP": [[IN_UDP, 0x04]],
  "GTP": [[IN_UDP, 0x08]],
  "L2TP": [[IN_UDP, 0x35], [IN_UDP + 1, 0xf0]],
  "CAPWAP": [[IN_UDP + 3, 0x07], [IN_UDP + 7, 0x07]],
  "VXLAN": [[IN_UDP, 0xf7], [IN_UDP + 1, 0xff], [IN_UDP + 2, 0xff], [IN_UDP + 3, 0xff], [
    IN_UDP + 7,
    0xff,
  ]],
  "VXLAN-GPE": [[IN_UDP, 0xf3], [IN_UDP + 1, 0xff], [IN_UDP + 2, 0xff], [IN_UDP + 7, 0xff]],
  "GENEVE": [[IN_UDP + 1, 0xff], [IN_UDP + 7, 0xff]],
};

for (const [name, places] of Object.entries(RESERVED)) {
  Deno.test(`reserved bits: ${name}`, () => {
    const { frame, linkType, found } = sampleOf(name);
    const all = frame.slice();
    for (const [at, bits] of places) {
      all[at]! ^= bits;
      for (let bit = 1; bit < 0x100; bit <<= 1) {
        if ((bits & bit) === 0) continue;
        const one = frame.slice();
        one[at]! ^= bit;
        assert.deepEqual(decode(one, linkType), found, `bit ${bit} of byte ${at}`);
      }
    }
    assert.deepEqual(decode(all, linkType), found, "all of them");
  });
}
