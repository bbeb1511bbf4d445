// Pushes metrics to servers, again and again, and a last time at the end.

import { hostname } from "node:os";
import type { PushCounts } from "../outputs/push_families.ts";
import { printable } from "../text.ts";
import { Delivery, type Outcome, type Parcel } from "./delivery.ts";
import { post } from "./http_post.ts";
import type { Page, Protocol } from "./page.ts";
import type { PushConfig, ServerAccess } from "./push_config.ts";
import { withPath } from "./push_url.ts";
import type { TimeLeft } from "./time_left.ts";

/** Bytes of a server's answer in a message. */
const MAX_REASON = 160;

export interface PushTargets {
  readonly otlp: URL | null;
  readonly remoteWrite: URL | null;
}

/** A server, how it is spoken to, and what waits for it. */
interface Target {
  readonly protocol: Protocol;
  readonly delivery: Delivery;
}

export class Pusher {
  readonly #targets: readonly Target[];
  readonly #interval: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  /** Settled when no page is being made. */
  #making: Promise<void> = Promise.resolve();

  private constructor(targets: readonly Target[], interval: number) {
    this.#targets = targets;
    this.#interval = interval;
  }

  /** Loads what the targets need. `warn` hears what does not work. */
  static async load(
    { otlp, remoteWrite }: PushTargets,
    config: PushConfig,
    warn: (message: string) => void,
  ): Promise<Pusher> {
    const targets: Target[] = [];
    if (otlp !== null) {
      const { Otlp, OTLP_PATH } = await import("./otlp.ts");
      const protocol = new Otlp(resourceOf(config), performance.timeOrigin);
      const url = withPath(otlp, OTLP_PATH);
      targets.push(targetOf("otlp", protocol, url, config.otlp, warn));
    }
    if (remoteWrite !== null) {
      const { RemoteWrite, REMOTE_WRITE_PATH } = await import("./remote_write.ts");
      const labels = { job: "webstat", instance: hostname(), ...config.labels };
      const url = withPath(remoteWrite, REMOTE_WRITE_PATH);
      const protocol = new RemoteWrite(labels);
      targets.push(targetOf("remote-write", protocol, url, config.remoteWrite, warn));
    }
    return new Pusher(targets, config.interval);
  }

  get counts(): readonly PushCounts[] {
    return this.#targets.map(({ delivery }) => delivery);
  }

  /** Pushes what `page` gives, the first time after one interval. If it is rejected, `failed` hears. */
  start(page: () => Promise<Page>, failed: (error: unknown) => void): void {
    this.#timer = setTimeout(async () => {
      this.#making = page().then((made) => this.push(made)).catch(failed);
      await this.#making;
      if (!this.#isStopped) this.start(page, failed);
    }, this.#interval);
  }

  /** Pushes a last page, as long as there is time. `ends`: whether the series end with it. */
  async finish(page: Page, ends: boolean, left: TimeLeft): Promise<void> {
    this.stop();
    await this.#making;
    await this.push(page);
    for (const { protocol, delivery } of ends ? this.#targets : []) {
      for (const parcel of protocol.farewell(page.time + 1)) delivery.add(parcel);
    }
    await Promise.all(this.#targets.map(({ delivery }) => delivery.finish(left)));
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Queues a page. Between two requests all else has its turn: scrapes, keys, the screen. */
  async push(page: Page): Promise<void> {
    for (const { protocol, delivery } of this.#targets) {
      for (const parcel of protocol.parcels(page)) {
        delivery.add(parcel);
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
  }
}

/** What all metrics are of: https://opentelemetry.io/docs/specs/semconv/resource. */
function resourceOf({ labels: { instance, ...labels } }: PushConfig) {
  const host = hostname();
  return {
    "service.name": "webstat",
    "service.instance.id": instance ?? host,
    "host.name": host,
    ...labels,
  };
}

function targetOf(
  name: string,
  protocol: Protocol,
  url: URL,
  access: ServerAccess,
  warn: (message: string) => void,
): Target {
  const send = async (parcel: Parcel): Promise<Outcome> => {
    try {
      const answer = await post(url, access, protocol.fields, parcel.body);
      const { status, fields, body } = answer;
      if (status >= 200 && status <= 299) return protocol.taken(parcel, answer);
      const reason = `${status} ${firstLine(body)}`.trim();
      if (!protocol.isRetried(status)) return { kind: "refused", reason };
      const seconds = Number(fields["retry-after"] ?? NaN);
      return { kind: "later", reason, after: seconds >= 0 ? seconds * 1000 : null };
    } catch (error) {
      return { kind: "later", reason: (error as Error).message, after: null };
    }
  };
  return { protocol, delivery: new Delivery(name, send, warn) };
}

/** The beginning of what a server says, for a message. */
function firstLine(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, MAX_REASON));
  return printable(text.split("\n")[0]!.trim());
}
