// Converts between DLT_ values, which differ between platforms, and LINKTYPE_ values, which do not.

/** LINKTYPE_RAW: packets begin with their IP header. */
const LINKTYPE_RAW = 101;

/**
 * Pairs with different values: early systems gave these DLT_ values different meanings. `toDataLink` uses
 * the first pair of a LINKTYPE_.
 */
const DIFFERENT: readonly (readonly [dataLink: number, linkType: number])[] = [
  [12, LINKTYPE_RAW], // DLT_RAW
  [14, LINKTYPE_RAW], // DLT_RAW of OpenBSD
  [11, 100], // DLT_ATM_RFC1483
  [15, 102], // DLT_SLIP_BSDOS
  [16, 103], // DLT_PPP_BSDOS
  [19, 106], // DLT_ATM_CLIP
  ...(Deno.build.os === "darwin" ? [[149, 258] as const] : []), // DLT_PKTAP: Apple's is DLT_USER2
];

/** The LINKTYPE_ of a DLT_ that pcap_datalink returned. */
export function toLinkType(dataLink: number): number {
  return DIFFERENT.find(([dlt]) => dlt === dataLink)?.[1] ?? dataLink;
}

/** The DLT_ of a LINKTYPE_, for libpcap's compiler of filters. */
export function toDataLink(linkType: number): number {
  return DIFFERENT.find(([, type]) => type === linkType)?.[0] ?? linkType;
}
