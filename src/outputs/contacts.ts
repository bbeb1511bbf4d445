// Which hosts were talked to, in the order of first use: collected from events.

/** No more hosts are kept. */
const MAX_HOSTS = 10_000;

export type ContactKind = "dns" | "tls" | "quic" | "http";

/** What is read of an event, see docs/events.md. */
interface ContactEvent {
  readonly ts: number;
  readonly kind: ContactKind;
  readonly dst: string;
  readonly host: string;
  /** Of dns; null without an answer. */
  readonly rcode?: string | null;
  readonly answers?: readonly string[];
  /** Of http; null without an answer. */
  readonly status?: number | null;
  /** Of http that was decrypted. */
  readonly tls?: string;
}

export interface Contact {
  readonly host: string;
  /** Of the first packet, in seconds since 1970. */
  first: number;
  /** How often, by kind. */
  readonly counts: Record<ContactKind, number>;
  /** Requests that were decrypted. */
  decrypted: number;
  /** How often each status was answered; 0 for no answer. */
  readonly statuses: Map<number, number>;
  /** Response codes of DNS, and "" for a question without an answer. */
  readonly codes: Set<string>;
  /** Whether DNS gave an address. */
  isResolved: boolean;
}

export class Contacts {
  /** Events of hosts past MAX_HOSTS. */
  unkept = 0;
  readonly #contacts = new Map<string, Contact>();
  readonly #found: (contact: Contact, kind: ContactKind) => void;
  readonly #decoder = new TextDecoder();

  /** `found`: called once for each host as soon as it is known; past MAX_HOSTS for each event. */
  constructor(found: (contact: Contact, kind: ContactKind) => void = () => {}) {
    this.#found = found;
  }

  /** Takes whole lines of events. */
  add(lines: Uint8Array): void {
    for (const line of this.#decoder.decode(lines).split("\n")) {
      if (line !== "") this.#event(JSON.parse(line));
    }
  }

  /** Those that were used first come first. */
  inOrder(): Contact[] {
    return [...this.#contacts.values()].sort((a, b) =>
      a.first - b.first || (a.host < b.host ? -1 : 1)
    );
  }

  #event(event: ContactEvent): void {
    const contact = this.#contact(event);
    contact.first = Math.min(contact.first, event.ts);
    contact.counts[event.kind]++;
    if (event.kind === "dns") {
      contact.codes.add(event.rcode ?? "");
      if ((event.answers?.length ?? 0) > 0) contact.isResolved = true;
    } else if (event.kind === "http") {
      const status = event.status ?? 0;
      contact.statuses.set(status, (contact.statuses.get(status) ?? 0) + 1);
      if (event.tls !== undefined) contact.decrypted++;
    }
  }

  #contact({ host, dst, ts, kind }: ContactEvent): Contact {
    // A question for the root is for no address.
    const name = host !== "" ? host : kind === "dns" ? "." : dst;
    const known = this.#contacts.get(name);
    if (known !== undefined) return known;
    const contact: Contact = {
      host: name,
      first: ts,
      counts: { dns: 0, tls: 0, quic: 0, http: 0 },
      decrypted: 0,
      statuses: new Map(),
      codes: new Set(),
      isResolved: false,
    };
    if (this.#contacts.size < MAX_HOSTS) this.#contacts.set(name, contact);
    else this.unkept++;
    this.#found(contact, kind);
    return contact;
  }
}

/** Whether there were connections whose requests nobody could read. */
export function isUnread({ counts, decrypted }: Contact): boolean {
  return counts.tls + counts.quic > 0 && decrypted === 0;
}

/** Why a name led nowhere: "NXDOMAIN", "no answer", "no address"; null if it did, or was not asked for. */
export function dnsProblem({ counts, codes, isResolved }: Contact): string | null {
  if (counts.dns === 0 || isResolved || counts.dns < sumOf(counts)) return null;
  const code = [...codes].find((each) => each !== "" && each !== "NOERROR");
  if (code !== undefined) return code;
  return codes.has("NOERROR") ? "no address" : "no answer";
}

const sumOf = ({ dns, tls, quic, http }: Contact["counts"]): number => dns + tls + quic + http;
