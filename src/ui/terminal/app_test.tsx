import assert from "node:assert/strict";
import type { Key } from "ink";
import { render } from "ink-testing-library";
import { busyHost, exampleInspection, exampleSnapshot } from "../../outputs/example.ts";
import { frameOf, isSameFrame } from "../view/frame.ts";
import { keyNames } from "./input.ts";
import { isSameLine, type Line } from "../view/line.ts";
import { Painter } from "./paint.ts";
import { FakeUser, hostsWithHits, SETTING } from "../testing.ts";
import { PLAIN_THEME } from "./theme.ts";
import { Tickets } from "./tickets.ts";
import { App } from "./app.tsx";
import { Lines } from "./lines.tsx";

const TICKETS = new Tickets();
const PAINTER = new Painter(PLAIN_THEME, TICKETS);

/** The lines on the screen, without colours. */
function screenOf(user: FakeUser): string[] {
  const app = render(
    <App
      frame={frameOf(user.state)}
      painter={PAINTER}
      onInput={() => {}}
      onPaste={() => {}}
      onSuspendable={() => {}}
    />,
  );
  try {
    return withoutLooks(TICKETS.resolve(app.lastFrame() ?? "")).split("\n");
  } finally {
    app.unmount();
  }
}

// deno-lint-ignore no-control-regex
const withoutLooks = (text: string): string => text.replace(/\x1b\[[\d;]*m/g, "");

const tick = () => new Promise((resolve) => setTimeout(resolve, 40));

Deno.test("header, table and footer fill exactly the lines of the screen", () => {
  for (const [columns, rows] of [[60, 15], [80, 24], [100, 40]] as const) {
    const user = new FakeUser({}, columns, rows).sees(
      [busyHost("www.example.com"), ...hostsWithHits({ "shop.test": 3 })],
      {
        interfaces: [{
          name: "eth0",
          packets: 5,
          bytes: 500,
          dropped: { kernel: 7, interface: 0 },
        }],
      },
    ).press(" ");
    const frame = screenOf(user);
    assert.equal(frame.length, rows);
    for (const line of frame) assert.ok(line.length <= columns, line);
    assert.match(frame[0]!, /eth0 .*7 dropped/);
    assert.match(frame[1]!, /2 hosts {2}1 exported {2}http:\/\/127\.0\.0\.1:8001\/metrics/);
    assert.match(frame[2]!, /# host +req\+tls▼ +hits +rate/);
    assert.match(frame[3]!, /^›● +1 www\.example\.com +154 +166 /);
    assert.match(frame[4]!, /^ {3} +2 shop\.test +3 +3 /);
    assert.match(frame.at(-1)!, /^Space export .*\? help {2}q quit/);
  }
});

Deno.test("the last line is the prompt while typing, or a question", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3 }));
  assert.match(screenOf(user.press("/").type("sho")).at(-1)!, /^filter: sho/);
  assert.match(
    screenOf(user.press("escape", "e").type("sho")).at(-1)!,
    /export matching: sho +1 host/,
  );
  assert.match(screenOf(user.press("escape", "r")).at(-1)!, /Reset all counters.* y\/n/);
});

Deno.test("a host's page shows all of its sections", () => {
  const user = new FakeUser({}, 100, 70).sees([busyHost("www.example.com")]).press("enter");
  user.happens({
    type: "inspected",
    inspection: exampleInspection("www.example.com", {
      transactions: [
        { time: 1e15, source: "http", what: "GET /old", result: "200", bytes: 9, seconds: 0.5 },
        { time: 1.1e15, source: "tls", what: "TLS h2", result: "1.3", bytes: null, seconds: null },
      ],
      sent: new Float64Array(300).fill(10),
      received: new Float64Array(300).fill(1000),
      responses: [
        { status: "2xx", seconds: new Float64Array(300).fill(3) },
        { status: "5xx", seconds: new Float64Array(300).fill(1, 200) },
      ],
      routes: [
        ...Array.from({ length: 8 }, (_, i) => ({
          ...{ method: "GET", route: `/fast/${"abcdefgh"[i]}`, count: 50, errors: 0 },
          ...{ timed: 50, seconds: 1, slowest: 0.1 },
        })),
        {
          ...{ method: "POST", route: "/users/:id", count: 4, errors: 1 },
          ...{ timed: 2, seconds: 3, slowest: 2 },
        },
      ],
      clients: [{ ip: "198.51.100.7", count: 4 }],
      distributions: [null, null, null, [{ seconds: 0.01, count: 5 }, { seconds: 1, count: 5 }]],
    }),
  });
  const frame = screenOf(user).join("\n");
  for (
    const part of [
      /#1 www\.example\.com +first seen/,
      /Traffic of the last 5 minutes/,
      /1\.2 MB +▕█+/,
      /max 1 kB\/s/,
      /Responses over the same time\n 2xx +900▕█+\n 5xx +100▕ +█+/,
      /Routes +count +error% +average +longest\n GET \/fast\/a +50 +- +20 ms +100 ms/,
      /Slowest routes .*\n POST \/users\/:id +4 +25% +1\.5 s +2 s\n GET/,
      /Clients, by connections\n.* 198\.51\.100\.7 +4 █/,
      /http +120 █/,
      /GET 404 HTTP\/1\.1 +3/,
      /192\.0\.2\.1 +150/,
      /TLS 1\.2 h2 +5/,
      /processing +8 .* 10 ms █ +█ 1 s/,
      /tls {2}1\.3 +TLS h2[^]*http 200 +GET \/old +9 B +500 ms/,
    ]
  ) assert.match(frame, part);
});

Deno.test("a host's page over a file has the times of the capture", () => {
  const user = new FakeUser({ live: false }).sees([busyHost("www.example.com")]).press("enter");
  assert.match(screenOf(user)[2]!, /first seen 2023-11-14 22:13:20Z, last 22:13:20$/);
});

Deno.test("a long page scrolls to its end and back", () => {
  const user = new FakeUser({}, 80, 15).sees([busyHost("www.example.com")]).press("enter");
  assert.match(screenOf(user)[2]!, /www\.example\.com/);
  const end = screenOf(user.press("G"));
  assert.match(end.at(-2)!, /dns/);
  assert.deepEqual(screenOf(user.press("down", "down")), end);
  assert.notDeepEqual(screenOf(user.press("up")), end);
  assert.match(screenOf(user.press("g"))[2]!, /www\.example\.com/);
});

Deno.test("? lists the keys, and fits 80x24", () => {
  const frame = screenOf(new FakeUser({}, 80, 24).press("?")).join("\n");
  for (const words of ["Space", "PgUp PgDn", "q Ctrl-C", "main domain", "first response byte"]) {
    assert.ok(frame.includes(words), words);
  }
  assert.doesNotMatch(frame, /…/);
  // On a smaller screen its texts go on in the next line.
  const small = new FakeUser({}, 60, 15).press("?");
  const all = [screenOf(small), screenOf(small.press("G"))].flat().join("\n");
  assert.doesNotMatch(all, /…/);
  assert.match(all, /^ e i +export by text or ~regex, also future hosts;\n +by number: 3,5-7 *$/m);
});

Deno.test("control characters of a line never reach the terminal", () => {
  const lines: Line[] = [[{ text: "a\x1b[31mred\x07\u202e", role: "value" }, { text: "\x9b2J" }]];
  const app = render(<Lines lines={lines} painter={PAINTER} />);
  const frame = withoutLooks(TICKETS.resolve(app.lastFrame() ?? ""));
  app.unmount();
  assert.equal(frame, "a\\u{1b}[31mred\\u{7}\\u{202e}\\u{9b}2J");
});

Deno.test("terminal input arrives as key names", async () => {
  const names: string[] = [];
  const onInput = (input: string, key: Key) => names.push(...keyNames(input, key));
  const app = render(
    <App
      frame={frameOf(new FakeUser().state)}
      painter={PAINTER}
      onInput={onInput}
      onPaste={(text) => names.push(`pasted ${text}`)}
      onSuspendable={() => {}}
    />,
  );
  await tick();
  for (
    const sent of ["j", "\x1b[B", "\x1b[6~", "\r", "\x7f", " ", "\x03", "\x1b[200~q\rj\x1b[201~"]
  ) {
    app.stdin.write(sent);
  }
  await tick();
  app.stdin.write("\x1b");
  await tick();
  app.unmount();
  assert.deepEqual(names, [
    "j",
    "down",
    "pagedown",
    "enter",
    "backspace",
    " ",
    "ctrl+c",
    "pasted q\rj",
    "escape",
  ]);
});

Deno.test("on an idle network only the clock is drawn", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.test": 10 })).sees(
    hostsWithHits({ "a.test": 99 }),
  );
  const hosts = hostsWithHits({ "a.test": 99 });
  for (let i = 0; i < 120; i++) user.sees(hosts);
  const before = frameOf(user.state);
  const after = frameOf(user.sees(hosts).state);
  assert.equal(isSameFrame(before, { ...after, header: before.header }), true);
  assert.equal(isSameLine(before.header[1]!, after.header[1]!), true);
  assert.equal(isSameFrame(before, frameOf(user.press("?").state)), false);
  assert.equal(isSameFrame(before, frameOf(user.press("?", " ").state)), false);
});

Deno.test("the header shows the progress of reading a file", () => {
  const user = new FakeUser({ live: false, sources: ["a.pcap", "b.pcap"], metrics: null });
  user.happens({ type: "progress", done: 0.42, packets: 1_300_000 });
  const [first, second] = screenOf(user);
  assert.match(first!, /a\.pcap \+1 {2}reading 42% {2}█+░+ {2}1\.3M packets/);
  assert.match(second!, /no \/metrics/);
  user.happens({ type: "ended", failure: null });
  user.happens({ type: "snapshot", snapshot: exampleSnapshot(), now: 1 });
  assert.doesNotMatch(screenOf(user)[0]!, /reading/);
});

Deno.test("the header of a file shows its times, average rate and traffic", () => {
  const headerOf = (time: number, width = 120) => {
    const user = new FakeUser({ live: false, sources: ["a.pcap"], metrics: null }, width);
    user.happens({ type: "ended", failure: null });
    const snapshot = exampleSnapshot({
      time,
      interfaces: [{ name: "a.pcap", packets: 9, bytes: 8000, dropped: null }],
      traffic: { step: 2, first: 850_000_000, bytes: [1000, 0, 7000], from: 1.7e15 },
    });
    return screenOf(user.happens({ type: "snapshot", snapshot, now: 1 }))[0]!;
  };
  assert.match(
    headerOf(1.7e15 + 5e6),
    /9 packets, 8 kB {2}2023-11-14 {2}22:13:20-22:13:25Z {2}1\.6 kB\/s {2}▁ █$/,
  );
  assert.match(headerOf(1.7e15 + 86_400e6), / 2023-11-14 22:13:20 - 2023-11-15 22:13:20Z /);
  assert.match(headerOf(1.7e15 + 5e6, 50), /9 packets, 8 kB {2}22:13:20-22:13:25Z {2}▁ █$/);
  // The times stay longest.
  assert.match(headerOf(1.7e15 + 5e6, 40), /a\.pcap {2}22:13:20-22:13:25Z$/);
});

Deno.test("the clock of a live capture ticks by the second", () => {
  const user = new FakeUser();
  const clocks = [1, 59, 60, 3599, 3600, 90_061].map((seconds) => {
    const now = SETTING.startedAt + seconds * 1000;
    user.happens({ type: "snapshot", snapshot: exampleSnapshot(), now });
    return / (\S+) {2}0 pkt/.exec(screenOf(user)[0]!)?.[1];
  });
  assert.deepEqual(clocks, ["0:01", "0:59", "1:00", "59:59", "1:00:00", "25:01:01"]);
});

Deno.test("the header says how many hosts were folded", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.test": 1 }), { hostsFolded: 1234 });
  assert.match(screenOf(user)[1]!, /1234 folded into ~other/);
});
