// DNS messages (RFC 1035), with EDNS (RFC 6891) where asked for.

import { type Bytes, concat, prefixed, text, u16, u32, u8 } from "./bytes.ts";
import { address } from "./network.ts";

export const DNS_TYPE = { A: 1, NS: 2, CNAME: 5, PTR: 12, TXT: 16, AAAA: 28, HTTPS: 65 } as const;

export interface DnsMessage {
  readonly id?: number;
  readonly name?: string;
  readonly type?: number;
  /** A query without, an answer with it: 0 NOERROR, 3 NXDOMAIN; past 15 it takes EDNS too. */
  readonly rcode?: number;
  /** A and AAAA records of the answer. */
  readonly addresses?: readonly string[];
  /** Names that lead from `name` to the one that has the addresses. */
  readonly aliases?: readonly string[];
  /** The data of other records of the answer, of the question's type. */
  readonly data?: readonly Uint8Array[];
  readonly edns?: boolean;
}

const QUERY_FLAGS = 0x0100;
const ANSWER_FLAGS = 0x8180;
const CLASS_IN = 1;
const OPT = 41;

export function dnsQuery(message: DnsMessage = {}): Bytes {
  const { id = 1, edns = false } = message;
  const header = concat(u16(id), u16(QUERY_FLAGS), u16(1), u16(0), u16(0), u16(edns ? 1 : 0));
  return concat(header, question(message), edns ? optRecord(0) : new Uint8Array(0));
}

export function dnsAnswer(message: DnsMessage = {}): Bytes {
  const { id = 1, rcode = 0, addresses = [], aliases = [], data = [], edns = false } = message;
  const flags = u16(ANSWER_FLAGS | (rcode & 15));
  const counts = concat(
    u16(1),
    u16(addresses.length + aliases.length + data.length),
    u16(0),
    u16(edns ? 1 : 0),
  );
  const chain = [message.name ?? "example.com", ...aliases];
  return concat(
    u16(id),
    flags,
    counts,
    question(message),
    ...aliases.map((alias, i) => record(chain[i]!, DNS_TYPE.CNAME, dnsName(alias))),
    ...addresses.map((ip) => addressRecord(chain.at(-1)!, ip)),
    ...data.map((each) => record(chain.at(-1)!, message.type ?? DNS_TYPE.A, each)),
    edns ? optRecord(rcode) : new Uint8Array(0),
  );
}

/** A message as it goes over TCP, preceded by its length. */
export const dnsOverTcp = (message: Uint8Array): Bytes => prefixed(2, message);

/** A name as labels, uncompressed. */
export function dnsName(name: string): Bytes {
  const labels = name === "" ? [] : name.split(".");
  return concat(...labels.map((label) => prefixed(1, text(label))), u8(0));
}

const question = ({ name = "example.com", type = DNS_TYPE.A }: DnsMessage): Bytes =>
  concat(dnsName(name), u16(type), u16(CLASS_IN));

function record(name: string, type: number, data: Uint8Array): Bytes {
  return concat(dnsName(name), u16(type), u16(CLASS_IN), u32(300), prefixed(2, data));
}

function addressRecord(name: string, ip: string): Bytes {
  return record(name, ip.includes(":") ? DNS_TYPE.AAAA : DNS_TYPE.A, address(ip));
}

const optRecord = (rcode: number): Bytes =>
  concat(u8(0), u16(OPT), u16(1232), u8(rcode >> 4), u8(0), u16(0), u16(0));
