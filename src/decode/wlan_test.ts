import assert from "node:assert/strict";
import {
  avs,
  bytes,
  concat,
  hex,
  LINKTYPE,
  ppi,
  radiotap,
  snap,
  wlan,
} from "../../tests/packet_builder.ts";
import { FOUND_4, INNER_4 } from "./inner_samples.ts";
import { decode } from "./samples.ts";

const DATA = wlan(snap(INNER_4));

Deno.test("encrypted frames are counted", () => {
  const frame = wlan(snap(INNER_4), { encrypted: true });
  assert.equal(decode(frame, LINKTYPE.WLAN).result, "wlan encrypted");
});

Deno.test("frames without data are not read, however short", () => {
  const acknowledgement = hex("d400 0000 020000000001");
  const requestToSend = hex("b400 0000 020000000001 020000000002");
  const beacon = concat(hex("8000 0000"), new Uint8Array(32));
  const null_ = concat(hex("4801 0000"), new Uint8Array(20));
  const qosNull = concat(hex("c801 0000"), new Uint8Array(22));
  for (const frame of [acknowledgement, requestToSend, beacon, null_, qosNull]) {
    assert.equal(decode(frame, LINKTYPE.WLAN).result, "other");
    assert.equal(decode(radiotap(frame), LINKTYPE.RADIOTAP).result, "other");
  }
});

Deno.test("the check sequence of a frame is no payload", () => {
  assert.deepEqual(decode(concat(DATA, hex("01020304")), LINKTYPE.WLAN), FOUND_4);
});

Deno.test("too short headers are malformed, also if the packet was cut off", () => {
  const tap = radiotap(DATA);
  tap.set([7, 0], 2);
  const information = ppi(DATA);
  information.set([4, 0], 2);
  const antenna = avs(DATA);
  antenna.set([0, 0, 0, 7], 4);
  for (
    const [frame, linkType, layer] of [
      [tap, LINKTYPE.RADIOTAP, "radiotap"],
      [information, LINKTYPE.PPI, "ppi"],
      [antenna, LINKTYPE.AVS, "avs"],
    ] as const
  ) {
    assert.equal(decode(frame, linkType, frame.length + 100).result, `${layer} malformed`);
  }
});

Deno.test("radiotap: a list of fields without an end is not followed beyond the header", () => {
  const frame = concat(bytes(0, 0, 40, 0), new Uint8Array(36).fill(0xff), DATA);
  assert.deepEqual(decode(frame, LINKTYPE.RADIOTAP), FOUND_4);
});

Deno.test("PPI of a link type that is not read is unsupported", () => {
  assert.equal(decode(ppi(DATA, { linkType: 147 }), LINKTYPE.PPI).result, "ppi unsupported");
});
