// DLT_ values, which differ between platforms, and LINKTYPE_ values, which files have and do not.

/** LINKTYPE_RAW: packets begin with their IP header. */
const LINKTYPE_RAW = 101;

/**
 * The DLT_ values that are not their own LINKTYPE_: numbers that early systems gave different meanings.
 * The first DLT_ of a LINKTYPE_ is the one that `toDataLink` gives.
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

/** The LINKTYPE_ of what pcap_datalink says. */
export function toLinkType(dataLink: number): number {
  return DIFFERENT.find(([dlt]) => dlt === dataLink)?.[1] ?? dataLink;
}

/** The DLT_ that libpcap's compiler wants for a LINKTYPE_. */
export function toDataLink(linkType: number): number {
  return DIFFERENT.find(([, type]) => type === linkType)?.[0] ?? linkType;
}
