// nghttp2's servers: nghttpd speaks nothing but HTTP/2, nghttpx lets clients upgrade to it.

import type { Lab } from "./lab.ts";

/** A request as the server saw it: what was asked of whom, and how it was answered. */
export interface Served {
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly version: string;
  readonly status: number;
}

/** A server that can be asked, once it has been stopped, what it did. */
export interface LoggingServer {
  stop(): Promise<Served[]>;
}

/** Starts nghttpd in clear text at the server; it serves the files of `folder`, each with `trailers`. */
export async function startNghttpd(
  lab: Lab,
  port: number,
  folder: string,
  trailers: readonly string[] = [],
): Promise<LoggingServer> {
  const options = ["--no-tls", "-d", folder, "-v", ...trailers.map((each) => `--trailer=${each}`)];
  const server = lab.server.start(["nghttpd", ...options, `${port}`]);
  await server.waitFor(/listen/);
  return {
    stop: async () => servedByNghttpd((await server.stop()).stdout),
  };
}

/**
 * Its log tells of frames: "[id=1] [  0.5] recv (stream_id=13) :method: GET", and, on the lines after
 * "[id=1] [  0.5] send HEADERS frame <length=91, flags=0x04, stream_id=13>", ":status: 200".
 */
function servedByNghttpd(log: string): Served[] {
  const requests = new Map<string, Map<string, string>>();
  const served: Served[] = [];
  let answering = "";
  for (const line of log.split("\n")) {
    const asked = line.match(/\[id=(\d+)\].* recv \(stream_id=(\d+)\) :(\w+): (.*)/);
    if (asked !== null) {
      const [, id, stream, name, value] = asked as unknown as [
        string,
        string,
        string,
        string,
        string,
      ];
      const fields = requests.get(`${id} ${stream}`) ?? new Map<string, string>();
      requests.set(`${id} ${stream}`, fields.set(name, value));
    }
    const answer = line.match(/\[id=(\d+)\].* send HEADERS frame <.*stream_id=(\d+)>/);
    if (answer !== null) answering = `${answer[1]} ${answer[2]}`;
    const status = line.match(/^\s+:status: (\d+)/);
    if (status !== null) served.push(request(requests.get(answering)!, Number(status[1])));
  }
  return served;
}

const request = (fields: ReadonlyMap<string, string>, status: number): Served => ({
  method: fields.get("method")!,
  host: withoutPort(fields.get("authority")!),
  target: fields.get("path")!,
  version: "2",
  status,
});

/** Starts nghttpx in clear text, HTTP/1 and 2, at the server before the web server at `backend` (host,port). */
export async function startNghttpx(
  lab: Lab,
  port: number,
  backend: string,
): Promise<LoggingServer> {
  const log = `${lab.directory}/nghttpx.log`;
  const format = "$method $http_host $path $protocol_version $status";
  const server = lab.server.start([
    ...["nghttpx", "--conf=/dev/null", "--single-process", "--workers=1"],
    ...[`-f0.0.0.0,${port};no-tls`, `-b${backend}`],
    ...[`--accesslog-file=${log}`, `--accesslog-format=${format}`],
  ]);
  await server.waitFor(/Created worker thread|Listening on/);
  return {
    async stop() {
      await server.stop();
      const lines = (await Deno.readTextFile(log)).split("\n").filter(Boolean);
      return lines.map((line) => {
        const [method, host, target, protocol, status] = line.split(" ") as [
          string,
          string,
          string,
          string,
          string,
        ];
        const version = protocol.slice("HTTP/".length);
        return { method, host: withoutPort(host), target, version, status: Number(status) };
      });
    },
  };
}

const withoutPort = (authority: string) => authority.replace(/:\d+$/, "");
