// The network that an address is of: an autonomous system (RFC 1930), and who runs it.

export interface Network {
  /** The number of the autonomous system, 0 if it is not known. */
  readonly asn: number;
  /** "" if it is not known. */
  readonly organisation: string;
}

export const UNKNOWN_NETWORK: Network = Object.freeze({ asn: 0, organisation: "" });
