// The command run: runs a program in a network namespace of its own, counts what it sends and receives,
// and reports which hosts it talked to.

import { findProgram, isFileThere, USUAL_PATH } from "../namespace/programs.ts";
import { NamespacedCommand, NamespaceFolder } from "../namespace/namespaced_command.ts";
import { pastaObstacle } from "../namespace/obstacles.ts";
import { Contacts } from "../outputs/contacts.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { CaptureSession } from "./capture_session.ts";
import { commandEnvironment } from "./command_environment.ts";
import { limitOfWork } from "./drain_limit.ts";
import type { Io } from "./io.ts";
import { LivePage } from "./live_page.ts";
import { AllowedHosts } from "./allowed_hosts.ts";
import { Log } from "./log.ts";
import type { RunConfig } from "./run_config.ts";
import { RunResults } from "./run_results.ts";

/** As shells have it. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
const BY_SIGNAL = 128;
/** The command succeeded, but talked to a host that is not allowed. */
const NOT_ALLOWED = 3;
/** Milliseconds after the command's end in which its last packets may still come. */
const GRACE = 50;
/** Milliseconds until the last packets are counted, at most. */
const DRAIN_TIMEOUT = 5000;
/** <signal.h> */
const FORWARDED = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
} as const;

/** Resolves to the exit status, see docs/run.md. Throws UserError if the command was not started. */
export async function runInNamespace(
  config: RunConfig,
  io: Io,
  capture: CaptureBackend,
): Promise<number> {
  const name = config.command[0]!;
  if (findProgram(name, io.env("PATH") ?? USUAL_PATH) === null) {
    const isThere = isFileThere(name);
    const why = isThere ? "it is no program that may be executed" : "there is no such program";
    new Log(io, config.log).error(`cannot run ${name}: ${why}`);
    return isThere ? NOT_EXECUTABLE : NOT_FOUND;
  }
  const results = new RunResults(config);
  const folder = new NamespaceFolder();
  // The command's own log is followed as well as one of webstat.
  const keyLog = config.hasKeyLog ? io.env("SSLKEYLOGFILE") || folder.keyLog : null;
  const session = new CaptureSession(
    { ...config, files: [folder.packets], keyLogs: keyLog === null ? [] : [keyLog] },
    io,
    capture,
    { keepsUser: true, signals: true },
  );
  session.atEnd(() => folder.remove());
  session.atEnd(() => results.close());
  try {
    return await new CommandRun(session, folder, results, keyLog).run();
  } finally {
    await session.close();
  }
}

class CommandRun {
  readonly #session: CaptureSession<RunConfig>;
  readonly #page: LivePage;
  readonly #folder: NamespaceFolder;
  readonly #results: RunResults;
  readonly #keyLog: string | null;
  readonly #hosts: AllowedHosts;
  readonly #contacts: Contacts;
  /** Whether pasta's end is expected. */
  #isClosing = false;

  constructor(
    session: CaptureSession<RunConfig>,
    folder: NamespaceFolder,
    results: RunResults,
    keyLog: string | null,
  ) {
    this.#session = session;
    this.#page = new LivePage(session);
    this.#folder = folder;
    this.#results = results;
    this.#keyLog = keyLog;
    this.#hosts = new AllowedHosts(session.config, session.log);
    this.#contacts = new Contacts(({ host }, kind) => this.#hosts.check(host, kind));
  }

  async run(): Promise<number> {
    const session = this.#session;
    const { config: { command, localhost }, io } = session;
    const environment = commandEnvironment(Deno.env.toObject(), this.#keyLog);
    const running = await NamespacedCommand.start(command, this.#folder, {
      environment,
      localhost,
    });
    const close = once(() => this.#close(running));
    session.atEnd(close);
    // While pasta sets up the network the rest is prepared.
    const connected = running.connected();
    connected.catch(() => {});
    await session.prepare("report", false, {
      fresh: true,
      hear: (lines) => this.#contacts.add(lines),
    });
    const unhealthy = () => session.ended?.failure?.message ?? null;
    await session.serve({
      metrics: (...how) => session.page(...how),
      html: this.#page.pages(unhealthy),
      unhealthy,
    });
    await connected;
    const began = io.now();
    running.begin();
    this.#forwardSignals(running);
    const status = await this.#count(running, close);
    await this.#report(began);
    if (status !== 0) return status;
    return this.#hosts.refused > 0 ? NOT_ALLOWED : session.status();
  }

  /** Counts until the command has ended, and its last packets came: its status. */
  async #count(running: NamespacedCommand, close: () => Promise<void>): Promise<number> {
    const session = this.#session;
    const ready = Promise.withResolvers<void>();
    const client = await session.start({
      ready: () => ready.resolve(),
      progress: () => {},
      warning: (message) => session.log.warning(message),
      interfaceChanged: () => {},
    }, () => this.#load());
    client.ended.then(() => {
      if (!this.#isClosing) running.discard();
    });
    const exit = await running.ended;
    await Promise.race([ready.promise, client.ended]);
    await pause(GRACE);
    await close();
    await Promise.race([client.ended, pause(DRAIN_TIMEOUT)]);
    await session.drain(limitOfWork());
    await session.finishSending();
    return "signal" in exit ? BY_SIGNAL + exit.signal : exit.status;
  }

  /** From source, modules may be out of reach later. */
  async #load(): Promise<void> {
    if (this.#session.config.results.json !== null) await import("../outputs/report_json.ts");
    if (this.#session.config.listen !== null) await this.#session.loadPrometheus();
    await this.#page.load();
  }

  /** A terminal's keys reach the command by themselves: it is in the same process group. */
  #forwardSignals(running: NamespacedCommand): void {
    const { io } = this.#session;
    const hasTerminal = io.stderr.terminal || io.stdout.width() !== null || io.interactive;
    for (const [name, number] of Object.entries(FORWARDED)) {
      const isKey = hasTerminal && (name === "SIGINT" || name === "SIGQUIT");
      const forward = isKey ? () => {} : () => running.signal(number);
      this.#session.atEnd(io.onSignal(name as keyof typeof FORWARDED, forward));
    }
    running.disconnected.then((messages) => {
      if (this.#isClosing) return;
      this.#session.log.warning(`the command lost its network: ${pastaObstacle(messages)}`);
    });
  }

  /** Also if something fails while the command runs: it is told to end. */
  async #close(running: NamespacedCommand): Promise<void> {
    this.#isClosing = true;
    running.signal(FORWARDED.SIGTERM);
    await running.close();
  }

  async #report(began: number): Promise<void> {
    const { ended, view, config: { color }, io } = this.#session;
    const snapshot = ended?.snapshot ?? null;
    if (snapshot === null) return;
    await this.#results.write(this.#contacts.inOrder(), snapshot, view, {
      began: began / 1000,
      took: (io.now() - began) / 1000,
      remark: (host) => this.#hosts.fault(host),
      hasKeyLog: this.#keyLog !== null,
      color,
    }, io);
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The result of the first call, for all. */
function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | null = null;
  return () => result ??= action();
}
