// Warns of a snaplen that is too small to find anything.

/** Ethernet, IP and TCP take 66 bytes; the name of the host comes 20 to 40 bytes later in a request. */
const MIN_USEFUL = 96;
/** Enough for a long request, or for the ClientHello of a browser. */
const RECOMMENDED = 2048;

/** Whether names are hardly ever within the first `snaplen` bytes; 0 stands for all. */
export const isTooShort = (snaplen: number): boolean => snaplen !== 0 && snaplen < MIN_USEFUL;

/** The warning for the user. */
export const snaplenWarning = (snaplen: number): string =>
  `--snaplen ${snaplen} cuts packets off before the names of hosts: ` +
  `little or nothing will be found; use ${RECOMMENDED} or more`;
