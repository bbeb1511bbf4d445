// Where in a flow's record each value lies, and its flags. Only flow_table.ts reads and writes records.

/*
 * A record. Endpoint A sent the flow's first packet, B is the other. A record is 32 words (int32), and
 * the same bytes are also 16 numbers (float64): number n lies over the words 2n and 2n + 1. Words are
 * used up to 15 and from 30 on, numbers from 8 to 14, so that no value overlaps another.
 *
 *   word    number
 *    0- 3           address of A
 *    4- 7           address of B
 *    8              port of A (upper half), port of B (lower half)
 *    9              flags, see Flag
 *   10, 11          next sequence number expected from A, from B
 *   12, 13          highest acknowledgement of bytes from A, from B
 *   14              hash of addresses, ports and protocol
 *   15              in a free record: the next free one
 *   16-17     8     time of the last packet, microseconds since 1970
 *   18-19     9     time of the first SYN, or of the first packet if it is not seen
 *   20-21    10     microseconds from SYN to SYN/ACK; 0 if not known
 *   22-25    11,12  bytes from A, from B still to be skipped
 *   26-29    13,14  bytes on the wire from A, from B that are not charged to an account yet
 *   30, 31          newest time stamp of bytes from A, from B, if packets are captured more than once
 */
export const WORDS = 32;
export const ADDRESS_A = 0;
export const ADDRESS_B = 4;
export const PORTS = 8;
export const FLAGS = 9;
export const NEXT_SEQUENCE = 10;
export const ACKNOWLEDGED = 12;
export const HASH = 14;
export const NEXT_FREE = 15;
export const TIMESTAMP = 30;

export const NUMBERS = 16;
export const LAST_TIME = 8;
export const START_TIME = 9;
export const CONNECT_TIME = 10;
export const SKIP = 11;
export const UNCHARGED = 13;

/** Bits of a record's flags. "A's" bits are followed by B's: shift them by `fromB`. */
export const Flag = {
  /** The record is in use. */
  LIVE: 1 << 0,
  UDP: 1 << 1,
  /** Endpoint B is the client; else A. */
  CLIENT_IS_B: 1 << 2,
  /** Who is the client is known from the handshake or from a message, not only guessed. */
  CLIENT_KNOWN: 1 << 3,
  /** A's sequence numbers are known. */
  SEQUENCE: 1 << 4,
  /** All that A has sent was captured: since its SYN, or since the connection was silent. */
  WHOLE: 1 << 6,
  /** A's FIN was seen and all bytes before it. */
  FIN: 1 << 8,
  /** An acknowledgement of A's bytes was seen. */
  ACKNOWLEDGED: 1 << 10,
  /** Segments are kept until those before them come. */
  WAITING: 1 << 12,
  RESET: 1 << 13,
  /** The flow is over; its record stays for a while, for packets that come late. */
  ENDED: 1 << 14,
  /** UDP: endpoint B has sent something. */
  ANSWERED: 1 << 15,
  /** TCP: A's packets were captured more than once. */
  COPIED: 1 << 16,
  /** TCP: the first SYN was seen. */
  SYN: 1 << 18,
  /** Something was read of it, but no name. */
  READ: 1 << 20,
  /** It is counted as one that has no name. */
  UNNAMED: 1 << 21,
  /** The name that its client asked for is held for it. */
  HOLDS_NAME: 1 << 22,
  /** TCP: a SYN was answered with different sequence numbers. */
  TWO_ANSWERS: 1 << 23,
  /** TCP: A has sent data. */
  DATA: 1 << 24,
} as const;
