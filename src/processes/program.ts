// A running program, as it is told with its connections.

export interface Program {
  /** The process, not the thread. */
  readonly pid: number;
  /** Its name: the last part of the path that was executed. Printable. */
  readonly name: string;
  /** All of its command line; null unless that was asked for, and if it was too late to read it. */
  readonly commandLine: string | null;
  /** The pod ("namespace/name"), the container ("docker-0123456789ab") or the systemd unit; "" if none. */
  readonly unit: string;
  /** The id of its container, its first twelve digits, or the name of an LXC container; null if none. */
  readonly container: string | null;
}

/**
 * "curl" of "/usr/bin/curl"; "" if the path is only a way to a file that is open, as browsers and container
 * runtimes use to start themselves again: "/proc/self/exe".
 */
export const programName = (path: string): string =>
  /^\/(?:proc|dev\/fd)\//.test(path) ? "" : path.slice(path.lastIndexOf("/") + 1);

/** Programs of connections that nothing is known of. */
export const UNKNOWN: Program = { pid: 0, name: "", commandLine: null, unit: "", container: null };
