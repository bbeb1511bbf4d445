// Samples of 802.11.

import {
  aggregate,
  avs,
  LINKTYPE,
  mesh,
  ppi,
  prism,
  radiotap,
  snap,
  wlan,
} from "../../tests/packet_builder.ts";
import { FOUND_6, frame4, INNER_4, INNER_6, type Sample, sample } from "./inner_samples.ts";

const BOTH = aggregate(snap(INNER_4), snap(INNER_6));

/** Headers with quality of service, and what else they may have. */
const FORMS = [
  { name: "", options: { qos: true } },
  { name: " with HT control", options: { qos: true, htControl: true } },
  { name: " of four addresses", options: { qos: true, wds: true } },
  {
    name: " of four addresses with HT control",
    options: { qos: true, wds: true, htControl: true },
  },
];

export const WLAN_SAMPLES: readonly Sample[] = [
  sample("802.11", wlan(snap(INNER_4)), LINKTYPE.WLAN),
  sample("802.11 with QoS", wlan(snap(INNER_4), { qos: true }), LINKTYPE.WLAN),
  sample("802.11 over a bridge", wlan(snap(INNER_4), { qos: true, wds: true }), LINKTYPE.WLAN),
  sample("802.11n", wlan(snap(INNER_6), { qos: true, htControl: true }), LINKTYPE.WLAN, FOUND_6),
  sample("radiotap", radiotap(wlan(snap(INNER_4), { qos: true })), LINKTYPE.RADIOTAP),
  sample(
    "radiotap, padded",
    radiotap(wlan(snap(INNER_4), { qos: true, padded: true }), { flags: 0x20 }),
    LINKTYPE.RADIOTAP,
  ),
  sample(
    "radiotap, padded, with more fields",
    radiotap(wlan(snap(INNER_4), { qos: true, padded: true }), { flags: 0x20, extended: true }),
    LINKTYPE.RADIOTAP,
  ),
  sample(
    "radiotap, padded, behind a time stamp",
    radiotap(wlan(snap(INNER_4), { qos: true, padded: true }), {
      flags: 0x20,
      time: true,
      extended: true,
    }),
    LINKTYPE.RADIOTAP,
  ),
  sample("Prism", prism(wlan(snap(INNER_4))), LINKTYPE.PRISM),
  sample("AVS", avs(wlan(snap(INNER_4))), LINKTYPE.AVS),
  sample("AVS for Prism", avs(wlan(snap(INNER_4))), LINKTYPE.PRISM),
  sample("PPI", ppi(wlan(snap(INNER_4))), LINKTYPE.PPI),
  sample("PPI of Ethernet", ppi(frame4, { linkType: 1 }), LINKTYPE.PPI),
  ...FORMS.flatMap(({ name, options }) => [
    sample(`802.11 aggregate${name}`, wlan(BOTH, { ...options, aggregate: true }), LINKTYPE.WLAN),
    sample(`802.11 mesh${name}`, wlan(mesh(snap(INNER_4), 1), options), LINKTYPE.WLAN),
    sample(
      `802.11 mesh aggregate${name}`,
      wlan(aggregate(mesh(snap(INNER_4), 2), mesh(snap(INNER_6))), { ...options, aggregate: true }),
      LINKTYPE.WLAN,
    ),
    sample(
      `radiotap, padded, 802.11 aggregate${name}`,
      radiotap(wlan(BOTH, { ...options, aggregate: true, padded: true }), { flags: 0x20 }),
      LINKTYPE.RADIOTAP,
    ),
  ]),
];
