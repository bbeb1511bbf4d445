// A collector for tests: takes metrics by OTLP and prints a line of JSON for each request, with what
// OpenTelemetry's own code reads of its body.
//
//   deno run -A tests/push/collector.ts [HOST:]PORT

import { attributesOf, decode, metricsIn } from "./otlp_messages.ts";

/** What one request had. */
export interface Collected {
  readonly path: string;
  readonly fields: Record<string, string>;
  readonly bytes: number;
  readonly points: number;
  /** Hits by host and source: "shop.test http". */
  readonly hits: Record<string, number>;
}

async function collected(request: Request): Promise<Collected> {
  const body = new Uint8Array(await request.arrayBuffer());
  const metrics = metricsIn(decode(body));
  const pointsOf = ({ sum, gauge, histogram }: typeof metrics[number]) =>
    (sum ?? gauge ?? histogram)!.dataPoints;
  const hits = metrics.filter(({ name }) => name === "webstat.hits").flatMap(pointsOf);
  return {
    path: new URL(request.url).pathname,
    fields: Object.fromEntries(request.headers),
    bytes: body.length,
    points: metrics.flatMap(pointsOf).length,
    hits: Object.fromEntries(hits.map((point) => {
      const { "server.address": host, "webstat.source": source } = attributesOf(point);
      return [`${host} ${source}`, point.asDouble!];
    })),
  };
}

if (import.meta.main) {
  const { hostname, port } = new URL(`http://${Deno.args[0]}`);
  const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  Deno.serve({ hostname, port: Number(port), onListen: () => say("ready") }, async (request) => {
    say(JSON.stringify(await collected(request)));
    return new Response(null, { headers: { "content-type": "application/x-protobuf" } });
  });
}
