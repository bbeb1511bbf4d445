// The servers that metrics and events are sent to: opened before the capture, and what of the system they
// need after privileges are given away.

import { dirname } from "node:path";
import { DEFAULT_PUSH_CONFIG, type PushConfig } from "../push/push_config.ts";
import { isNatsUrl, portOf } from "../push/push_url.ts";
import type { Pusher } from "../push/pusher.ts";
import type { TimeLeft } from "../push/time_left.ts";
import type { SniffConfig } from "./config.ts";

/** TCP port of DNS servers, for answers that are too long for UDP. */
const DNS_PORT = 53;

/** Milliseconds for what is sent last: after a signal, since it came; and after the end of files. */
const LAST_SENDING = { signal: 1800, least: 300, files: 10_000 } as const;

type ServerOptions = Pick<SniffConfig, "otlp" | "remoteWrite" | "events" | "pushConfig">;

/** Passwords, labels and the interval of --push-config. Throws UserError. */
export async function openPushConfig({ pushConfig }: ServerOptions): Promise<PushConfig> {
  if (pushConfig === null) return DEFAULT_PUSH_CONFIG;
  const { readPushConfig } = await import("../push/read_push_config.ts");
  return readPushConfig(pushConfig);
}

/** What pushes metrics; null if nothing does. `warn` hears what does not work. */
export async function openPusher(
  { otlp, remoteWrite }: ServerOptions,
  config: PushConfig,
  warn: (message: string) => void,
): Promise<Pusher | null> {
  if (otlp === null && remoteWrite === null) return null;
  const { Pusher } = await import("../push/pusher.ts");
  return await Pusher.load({ otlp, remoteWrite }, config, warn);
}

/** The TCP ports that are still connected to. */
export function portsOf({ otlp, remoteWrite, events }: ServerOptions): readonly number[] {
  const nats = events !== null && isNatsUrl(events) ? new URL(events) : null;
  const urls = [otlp, remoteWrite, nats].filter((url) => url !== null);
  return urls.length === 0 ? [] : [...new Set([DNS_PORT, ...urls.map(portOf)])];
}

/** The folders of files that are read again. */
export function foldersOf({ files }: PushConfig): readonly string[] {
  return [...new Set(files.map((path) => dirname(path)))];
}

/**
 * How long sending may go on at the end. `stoppedAt`: when webstat was told to end (as performance.now
 * has it), which may happen meanwhile; null while it was not.
 */
export function lastSending(stoppedAt: () => number | null): TimeLeft {
  const now = performance.now();
  return () => {
    const signal = stoppedAt();
    const end = signal === null
      ? now + LAST_SENDING.files
      : Math.max(now + LAST_SENDING.least, signal + LAST_SENDING.signal);
    return end - performance.now();
  };
}
