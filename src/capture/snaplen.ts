// How much of each packet has to be kept for anything to be found in it.

/** Headers of Ethernet, IP and TCP take 66 bytes; a request names its host 20 to 40 bytes later. */
const MIN_USEFUL = 96;
/** Headers, and a ClientHello as browsers send it, or a long request. */
const RECOMMENDED = 2048;

/** Whether names are hardly ever within `snaplen` bytes (0 for all). */
export const isTooShort = (snaplen: number): boolean => snaplen !== 0 && snaplen < MIN_USEFUL;

/** What to tell the user then. */
export const snaplenWarning = (snaplen: number): string =>
  `--snaplen ${snaplen} cuts packets off before the names of hosts: ` +
  `little or nothing will be found; use ${RECOMMENDED} or more`;
