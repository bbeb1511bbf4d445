// Patterns of hosts, as lists of what may be talked to have them: a host, or *.domain for all below it.

import { UserError } from "../errors.ts";

/**
 * Labels of letters, digits, hyphens and underscores, which an address of IPv4 is too; or an address of
 * IPv6. With a single colon it would be a host and its port, which is the name of no host.
 */
const HOST =
  /^(?:\*\.)?[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$|^(?=.*[\da-f])(?=.*:.*:)[\da-f:.]+$/u;

/** Whether a host can be in a list as itself. A name on the wire may be any text, "*.com" too. */
export function isListable(host: string): boolean {
  return HOST.test(host) && !host.startsWith("*");
}

export class HostPatterns {
  readonly #hosts = new Set<string>();
  /** ".example.com" */
  readonly #endings = new Set<string>();

  /** `where`: for messages. Throws UserError. */
  add(pattern: string, where: string): void {
    const name = pattern.toLowerCase().replace(/\.$/, "");
    if (!HOST.test(name)) {
      throw new UserError(`${where}: "${pattern}" is no host and no *.domain`, { usage: true });
    }
    if (name.startsWith("*.")) this.#endings.add(asciiName(name.slice(1)));
    else this.#hosts.add(asciiName(name));
  }

  /** Adds the lines of a file; # begins a comment. Throws UserError. */
  addLines(text: string, path: string): void {
    for (const [i, line] of text.split("\n").entries()) {
      const pattern = line.replace(/#.*/, "").trim();
      if (pattern !== "") this.add(pattern, `${path}:${i + 1}`);
    }
  }

  matches(host: string): boolean {
    if (this.#hosts.has(host)) return true;
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      if (this.#endings.has(host.slice(dot))) return true;
    }
    return false;
  }
}

/** The name as it is on the wire: "münchen.example" as "xn--mnchen-3ya.example". */
function asciiName(name: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(name)) return name;
  const dot = name.startsWith(".") ? "." : "";
  return dot + new URL(`http://${name.slice(dot.length)}`).hostname;
}
