// The server of /metrics.
//
// It implements HTTP itself, as the connections of Deno.serve and node:http cannot be bounded: in the
// runtime of compiled binaries both keep idle, half-sent and unread connections for ever. It uses libc's
// sockets, for the reason that ffi/sockets.ts gives.

import { acceptConnection, listeningDescriptor } from "../../ffi/sockets.ts";
import { UserError } from "../errors.ts";
import {
  type Connection,
  CONNECTION_LIMITS,
  type ConnectionLimits,
  Connections,
  type Reason,
} from "./connections.ts";
import { onlyFor } from "./host_check.ts";
import { serveConnection } from "./http_connection.ts";
import { answer, type Handler } from "./web_messages.ts";
import { Readiness } from "./readiness.ts";
import { type Pages, routes } from "./routes.ts";
import { TcpStream } from "./tcp_stream.ts";
import type { WebAccess } from "./web_access.ts";

/** Where to listen. */
export interface ListenAddress {
  /** A name or an address, without brackets; "" for all addresses. */
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
}

export interface ServerOptions {
  readonly at: ListenAddress;
  /** Host names that requests may use, beside addresses, localhost and the name in `at`. */
  readonly allowedHosts?: readonly string[];
  /** What --web-config says; null without it. Closed with the server. */
  readonly access?: WebAccess | null;
  readonly limits?: ConnectionLimits;
}

export interface MetricsServer {
  /** Where /metrics is, with the port that was really taken. */
  readonly url: string;
  /** How many connections the server has closed, by reason. */
  readonly closed: Readonly<Record<Reason, number>>;
  /** Folders of files that are read again when they change. */
  readonly folders: readonly string[];
  /** Stops at once, also during answers. */
  close(): Promise<void>;
}

/** Bytes that the kernel buffers for a client at most; it takes twice as much memory. */
const SEND_BUFFER = 1 << 18;
/** Connections accepted at a time. */
const BURST = 64;
/** Milliseconds until the next try, if a connection cannot be accepted. */
const PAUSE = 100;

/** Serves `pages`. Throws a UserError if that cannot be. */
export function serve(options: ServerOptions, pages: Pages): MetricsServer {
  const { at, allowedHosts = [], access = null, limits = CONNECTION_LIMITS } = options;
  const listener = listen(at);
  const { port } = listener.addr;
  const names = [at.hostname, ...allowedHosts].map((name) => name.toLowerCase());
  const connections = new Connections(limits);
  const answers = routes(pages, () => connections.busy);
  const handler = withoutFaults(onlyFor(names, access?.guard(answers) ?? answers));
  const readiness = new Readiness();
  const enter = (descriptor: number) =>
    connections.enter(
      access?.stream(descriptor, readiness) ?? new TcpStream(descriptor, readiness),
    );
  const begin = (connection: Connection) => void serveOne(connection, connections, handler);
  void acceptAll(listeningDescriptor(port), readiness, {
    enter,
    begin,
    makeRoom: () => connections.closeSilent(),
  });
  return {
    url: metricsUrl(access?.hasTls ? "https" : "http", at.hostname, port),
    closed: connections.closed,
    folders: access?.folders ?? [],
    async close() {
      connections.closeAll();
      await readiness.close();
      listener.close();
      access?.close();
    },
  };
}

interface Accepting {
  /** Adds a connection; null if there is no room. */
  enter(descriptor: number): Connection | null;
  begin(connection: Connection): void;
  /** Closes a connection, as usually no descriptor is free. False if it cannot. */
  makeRoom(): boolean;
}

/** Accepts connections until `readiness` is closed. Errors of accept() are never fatal. */
async function acceptAll(
  listener: number,
  readiness: Readiness,
  { enter, begin, makeRoom }: Accepting,
): Promise<void> {
  while (await readiness.readable(listener)) {
    const first = acceptConnection(listener, SEND_BUFFER);
    if (first < 0) {
      if (!makeRoom()) await new Promise((resolve) => setTimeout(resolve, PAUSE));
      continue;
    }
    // Rendering a page delays the next poll(): so all that wait are accepted now.
    const entered = [enter(first)];
    while (entered.length < BURST) {
      const next = acceptConnection(listener, SEND_BUFFER);
      if (next < 0) break;
      entered.push(enter(next));
    }
    for (const connection of entered) if (connection !== null) begin(connection);
  }
}

async function serveOne(
  connection: Connection,
  connections: Connections,
  handler: Handler,
): Promise<void> {
  try {
    await serveConnection(connection, connections, handler);
  } catch {
    // The connection broke or was closed.
  } finally {
    connections.leave(connection);
  }
}

/** Answers 500 if `handler` throws. */
function withoutFaults(handler: Handler): Handler {
  return async (request) => {
    try {
      return await handler(request);
    } catch {
      return answer(500, "Internal error.\n");
    }
  };
}

function listen({ hostname, port }: ListenAddress): Deno.TcpListener {
  try {
    if (hostname !== "") return Deno.listen({ hostname, port });
    try {
      return Deno.listen({ hostname: "::", port });
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) throw error;
      // The machine has no IPv6.
      return Deno.listen({ hostname: "0.0.0.0", port });
    }
  } catch (error) {
    throw listenError({ hostname, port }, error);
  }
}

function listenError(at: ListenAddress, error: unknown): UserError {
  const where = hostPort(at.hostname, at.port);
  if (error instanceof Deno.errors.AddrInUse) {
    return new UserError(
      `Port ${at.port} is in use: stop what listens on ${where}, or choose another port with --listen`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return new UserError(
      `No permission to listen on port ${at.port}: choose a port above 1023 with --listen, or run as root`,
    );
  }
  const cause = error instanceof Error ? error.message : String(error);
  return new UserError(
    `Cannot listen on ${where}: ${cause}; give --listen an address of this machine`,
  );
}

/** Where a browser on this machine finds /metrics. */
function metricsUrl(scheme: string, hostname: string, port: number): string {
  return `${scheme}://${hostPort(hostname === "" ? "localhost" : hostname, port)}/metrics`;
}

function hostPort(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
