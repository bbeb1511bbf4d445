import assert from "node:assert/strict";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, liveScript } from "./testing.ts";

/** What is typed, and the one line that answers it. */
const MISTAKES: readonly (readonly [typed: string, answer: RegExp])[] = [
  ["-m foo", /^Unknown command 'foo': there are sniff, analyze, run, interfaces/],
  ["-m", /^-m needs a command: webstat -m sniff, or webstat sniff$/],
  ["--ip", /^--ip is an option of sniff, analyze and run: webstat sniff --ip$/],
  ["-i eth0", /^-i is an option of sniff and analyze: webstat sniff -i$/],
  ["foo", /^Unknown command 'foo': there are sniff/],
  ["snif", /^Unknown command 'snif' \(Did you mean sniff\?\)$/],
  ["help foo", /^Unknown command "foo": there are sniff/],
  ["interfaces foo", /^Unexpected argument "foo": see webstat interfaces --help$/],
  ["sniff eth0", /^Unexpected argument "eth0": name interfaces with -i, files with -r$/],
  ["sniff capture.pcap", /^Unexpected argument "capture.pcap": name interfaces with -i, files/],
  ["sniff -i", /^-i, --interface <name...>: its value is missing$/],
  ["sniff --interfce eth0", /^Unknown option '--interfce' \(Did you mean --interface\?\)$/],
  ["sniff -z", /^Unknown option '-z': see webstat sniff --help$/],
  ["sniff --theme x", /^--theme is an option of analyze, not of sniff$/],
  ["sniff --max-hosts many", /^--max-hosts "many": give a whole number from 1 to/],
  ["sniff --max-hosts -5", /^--max-hosts "-5": give a whole number from 1 to/],
  ["sniff --workers 0", /^--workers "0": give a whole number from 1 to 64$/],
  ["sniff -d 5", /^--duration "5": give a time such as 30s, 5m/],
  ["sniff -l 99999", /^--listen "99999": give \[host:\]port, such as/],
  ["sniff -l localhost", /^--listen "localhost": give \[host:\]port/],
  ["sniff --log-format xml", /^--log-format "xml": give text or json$/],
  ["sniff --by name", /^--by "name": give host or domain$/],
  ["sniff -q -v", /^--quiet and --verbose exclude each other/],
  ["sniff -i eth0 -r a.pcap", /^--interface and --read exclude each other: capture from/],
  ["sniff --json --events -", /^--json and --events - exclude each other/],
  ["sniff --privacy --ip", /^--privacy and --ip exclude each other/],
  ["sniff --config ./none.yaml", /^Cannot read \.\/none\.yaml: no such file or folder$/],
  ["sniff --otlp nonsense", /^--otlp "nonsense": /],
  ["sniff --buckets 3,2,1", /^--buckets "3,2,1": /],
  ["sniff -c 0", /^--count "0": give a whole number from 1/],
  ["sniff --snaplen 262145", /^--snaplen "262145": .* to 262144/],
  ["sniff --buffer-size 2048", /^--buffer-size "2048": .* to 2047/],
  ["sniff --exclude ~(", /"~\(" is not a regular expression/],
  ["analyze -r -", /^--read - cannot be used with analyze: keys are read from standard input/],
  ["analyze", /^analyze needs a terminal: webstat sniff --json/],
  ["run", /^run needs a command: webstat run -- npm install$/],
  ["run --allow", /^--allow <pattern...>: its value is missing$/],
  ["run --allow-file ./none -- true", /^Cannot read \.\/none: no such file or folder$/],
  ["config", /^config needs a word: webstat config check, or webstat config show$/],
  ["config chek", /^Unknown word "chek": give check or show$/],
  ["config show foo", /^Unknown word "foo": give sniff, analyze or run$/],
];

Deno.test("each mistake on the command line gets one line that says what to do", async () => {
  for (const [typed, answer] of MISTAKES) {
    const io = new FakeIo();
    const status = await run(typed.split(" "), io, new FakeBackend(liveScript()));
    assert.equal(io.out, "", typed);
    const [line = "", rest] = io.err.split("\n");
    assert.equal(rest, "", `${typed}: ${io.err}`);
    assert.match(line.replace(/^webstat: /, ""), answer, typed);
    assert.equal(status, 2, typed);
  }
});
