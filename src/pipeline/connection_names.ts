// What a connection is named, and by what; and what is learned of names from DNS.

import type { Flows } from "../flow/flows.ts";
import type { NameSource } from "../hosts/fields.ts";
import type { Named } from "../outputs/events.ts";
import { CLIENT, SERVER, type SourceName } from "../protocols/analyser.ts";
import type { DnsQuery } from "../protocols/transactions.ts";
import type { HeardAnswer } from "./answer_relay.ts";

/** Where a name is said that a hit of `source` brings. */
export function sourceOf(source: SourceName, isOuter: boolean): NameSource {
  if (source === "http") return "host";
  return isOuter ? "ech-outer" : "sni";
}

/** The name of a connection that says `name`, or nothing; `by` is where it says so. */
export function nameOf(flows: Flows, flow: number, name: string, by: NameSource): Named {
  if (name !== "" && by !== "ech-outer") return { shown: name, by };
  const asked = flows.askedName(flow);
  if (name !== "" && !(asked !== "" && flows.isPublicName(flow, name))) {
    // Browsers add something that looks like an encrypted hello also where there is none.
    return { shown: name, by: asked === name ? "sni" : by };
  }
  return asked === ""
    ? { shown: flows.address(flow, SERVER), by: "address" }
    : { shown: asked, by: "dns" };
}

export class LearnedNames {
  /** Null unless there are other workers. */
  relay: ((answer: HeardAnswer) => void) | null = null;

  /** Notes what the client of a DNS flow was told. */
  learn(flows: Flows, flow: number, { host, answers, ttl, publicName }: DnsQuery): void {
    const isAddress = answers.length > 0 && host !== "";
    if (publicName !== "") flows.notePublicName(flow, publicName);
    if (isAddress) flows.noteAnswer(flow, host, answers, ttl);
    else if (publicName === "") return;
    this.relay?.({
      client: flows.address(flow, CLIENT),
      name: host,
      addresses: isAddress ? answers : [],
      publicName,
      ttl,
      time: flows.conversation.time,
    });
  }
}
