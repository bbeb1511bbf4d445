// A connection to a server of NATS, which is made again when it breaks.

import { JetStreamApiError } from "@nats-io/jetstream";
import {
  type Authenticator,
  connect,
  errors,
  type NatsConnection,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { reasonOf } from "./http_post.ts";
import type { ServerAccess } from "./push_config.ts";
import { portOf } from "./push_url.ts";

/** Milliseconds to connect, and between two tries after a connection broke. */
const TIMEOUT = 5000;
const RECONNECT = 500;

/** Rejected if the server is not there, or does not let webstat in. */
export async function connectNats(url: URL, access: ServerAccess): Promise<NatsConnection> {
  const authenticator = authenticatorOf(url, access);
  const tls = tlsOf(url, access);
  return await connect({
    servers: `${url.hostname}:${portOf(url)}`,
    name: "webstat",
    timeout: TIMEOUT,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT,
    // A password may be mended while webstat runs.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    // The system's resolver knows more names than the library's: those of /etc/hosts.
    resolve: false,
    ...authenticator === null ? {} : { authenticator },
    ...tls === null ? {} : { tls },
  });
}

/** Files are read again for each connection. */
function authenticatorOf(url: URL, { basic, authorization }: ServerAccess): Authenticator | null {
  const user = decodeURIComponent(url.username);
  if (authorization !== null) return tokenAuthenticator(() => authorization.credentials.text);
  if (basic === null) return user === "" ? null : usernamePasswordAuthenticator(user);
  return usernamePasswordAuthenticator(user || basic.user, () => basic.password.text);
}

/** Null if TLS is the server's choice. */
function tlsOf(url: URL, { authorities, own, serverName }: ServerAccess) {
  if (url.protocol !== "tls:" && authorities === null && own === null) return null;
  return {
    servername: serverName ?? url.hostname,
    ...authorities === null ? {} : { ca: authorities.text },
    ...own === null ? {} : { cert: own.certificate.text, key: own.key.text },
  };
}

/** Whether the server will never take the message: it is too large, for example. */
export function isRefusal(error: unknown): boolean {
  return error instanceof errors.InvalidArgumentError ||
    error instanceof JetStreamApiError && error.status === 400;
}

/** Why a message was not taken. */
export function reasonOfNats(error: unknown): string {
  if (error instanceof errors.TimeoutError) return "no answer in time";
  const { cause, name } = error as Error;
  if (name === "JetStreamNotEnabled") return "no stream of JetStream has the subject";
  return reasonOf(cause instanceof Error && "code" in cause ? cause : error);
}
