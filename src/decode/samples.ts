// Packets of every link layer and tunnel. All carry the same connection.

import { addressText } from "../address.ts";
import { decodeFrom, decodePacket } from "./decode.ts";
import { DEVICE_SAMPLES } from "./device_samples.ts";
import { type Decoded, type Sample } from "./inner_samples.ts";
import { LINK_SAMPLES } from "./link_samples.ts";
import { FAILURE_NAMES, Layer, LAYER_NAMES, Packet } from "./packet.ts";
import { TUNNEL_SAMPLES } from "./tunnel_samples.ts";
import { WLAN_SAMPLES } from "./wlan_samples.ts";
import { LINKTYPE } from "../../tests/packet_builder.ts";
import { subframe } from "./wlan.ts";

/** Bytes around each packet, so that reading outside of it changes the result. */
const MARGIN = 64;

/**
 * Decodes `frame`, which had `length` bytes on the wire; of an aggregate its first frame. Throws if the
 * result is not within the frame.
 */
export function decode(
  frame: Uint8Array,
  linkType: number = LINKTYPE.ETHERNET,
  length: number = frame.length,
): Decoded {
  const packet = new Packet();
  const slab = new Uint8Array(frame.length + 2 * MARGIN).fill(0x45);
  slab.set(frame, MARGIN);
  let layer = decodePacket(slab, MARGIN, frame.length, length, linkType, packet);
  if (layer === Layer.AGGREGATE) {
    subframe(packet);
    layer = decodeFrom(Layer.WLAN_BODY, packet);
  }
  return describe(layer, packet, MARGIN, MARGIN + frame.length);
}

/** The result of decoding, for comparison. The packet's bytes are from `begin` to `end`. */
export function describe(layer: Layer, packet: Packet, begin: number, end: number): Decoded {
  if (layer === Layer.FAILED) {
    const reason = FAILURE_NAMES[packet.failure]!;
    return { ...NOTHING, result: `${LAYER_NAMES[packet.failedLayer]} ${reason}` };
  }
  const isDatagram = layer === Layer.TCP || layer === Layer.UDP;
  if (!isDatagram && layer !== Layer.FRAGMENT) return { ...NOTHING, result: LAYER_NAMES[layer]! };
  if (packet.at < begin || packet.at > packet.end || packet.end > end) {
    throw new Error(`payload ${packet.at}..${packet.end} is not within ${begin}..${end}`);
  }
  if (packet.wireEnd < packet.end) throw new Error("the payload ends behind its end on the wire");
  const port = (number: number) => isDatagram ? ` ${number}` : "";
  return {
    result: LAYER_NAMES[layer]!,
    src: addressText(Int32Array.of(packet.src0, packet.src1, packet.src2, packet.src3)) +
      port(packet.srcPort),
    dst: addressText(Int32Array.of(packet.dst0, packet.dst1, packet.dst2, packet.dst3)) +
      port(packet.dstPort),
    payload: String.fromCharCode(...packet.bytes.subarray(packet.at, packet.end)),
    missing: packet.wireEnd - packet.end,
  };
}

const NOTHING: Omit<Decoded, "result"> = { src: "", dst: "", payload: "", missing: 0 };

export const SAMPLES: readonly Sample[] = [
  ...LINK_SAMPLES,
  ...WLAN_SAMPLES,
  ...TUNNEL_SAMPLES,
  ...DEVICE_SAMPLES,
];

/** The sample of that name. */
export function sampleOf(name: string): Sample {
  const found = SAMPLES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no sample "${name}"`);
  return found;
}
