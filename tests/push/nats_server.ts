// A real nats-server with JetStream on loopback.

import { type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";
import { Daemon, until } from "../lab/process.ts";
import { freePort } from "./metric_servers.ts";

export const STREAM = "WEB";
export const SUBJECT = "webstat.events";

/** A message that the server keeps. */
export interface Kept {
  readonly text: string;
  readonly instance: string;
}

export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #more: string;
  #daemon: Daemon | null = null;

  /** `more`: further lines of its configuration. It is not started yet. */
  constructor(folder: string, more = "", port = freePort()) {
    this.#folder = folder;
    this.#more = more;
    this.port = port;
  }

  get url(): URL {
    return new URL(`nats://127.0.0.1:${this.port}/${SUBJECT}`);
  }

  async start(): Promise<void> {
    const configuration = `${this.#folder}/nats.conf`;
    await Deno.writeTextFile(
      configuration,
      `listen: "127.0.0.1:${this.port}"
jetstream { store_dir: "${this.#folder}/nats", max_memory_store: 16M, max_file_store: 64M }
${this.#more}
`,
    );
    this.#daemon = new Daemon(["nats-server", "-c", configuration]);
    await this.#daemon.waitFor(/Server is ready/, 20_000);
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.#daemon?.stop(signal);
    this.#daemon = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Makes the stream for the events. */
  async addStream(
    more: Partial<StreamConfig> = {},
    options: ConnectionOptions = {},
  ): Promise<void> {
    await this.#manage(
      options,
      (manager) => manager.streams.add({ name: STREAM, subjects: ["webstat.>"], ...more }),
    );
  }

  /** How many messages it keeps. */
  count(options: ConnectionOptions = {}): Promise<number> {
    return this.#manage(options, async (manager) => {
      return (await manager.streams.info(STREAM)).state.messages;
    });
  }

  /** Waits until it keeps so many messages. */
  async untilKept(messages: number, options: ConnectionOptions = {}): Promise<void> {
    const kept = async () => await this.count(options) >= messages;
    await until(`${messages} messages are kept`, kept, { timeout: 30_000, every: 200 });
  }

  /** All messages, the oldest first. */
  kept(options: ConnectionOptions = {}): Promise<Kept[]> {
    return this.#manage(options, async (manager) => {
      const { state } = await manager.streams.info(STREAM);
      const all: Kept[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(STREAM, { seq });
        const instance = message!.header?.get("Webstat-Instance") ?? "";
        all.push({ text: message!.string(), instance });
      }
      return all;
    });
  }

  async #manage<T>(
    options: ConnectionOptions,
    work: (manager: JetStreamManager) => Promise<T>,
  ): Promise<T> {
    const servers = `127.0.0.1:${this.port}`;
    const connection: NatsConnection = await connect({ servers, resolve: false, ...options });
    try {
      return await work(await jetstreamManager(connection));
    } finally {
      await connection.close();
    }
  }
}
