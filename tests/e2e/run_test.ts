// webstat run: what a command talks to, as an ordinary user and as root. The command must not notice.

import assert from "node:assert/strict";
import { startCaddy } from "../lab/caddy.ts";
import { Lab } from "../lab/lab.ts";
import { type Result, run, until } from "../lab/process.ts";
import { makeCertificates, startDnsmasq } from "../lab/servers.ts";
import { Terminal } from "../lab/terminal.ts";
import { assertRefused, endToEnd, WEBSTAT } from "./webstat.ts";

/** An ordinary user, who needs no entry in /etc/passwd. */
const USER = 23_456;

/** As udev has it for all users; this machine may lack udev. Others do not see it. */
const WITH_TUN = `test -e "$0/tun" || mknod -m 666 "$0/tun" c 10 200
mount --bind "$0/tun" /dev/net/tun && exec "$@"`;

const AS_USER = [
  ...["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "--"],
];

type Who = "user" | "root";

/** A lab whose client has a way out, through the server, and a folder and a copy of webstat for anybody. */
class RunLab implements AsyncDisposable {
  readonly home: string;
  readonly #lab: Lab;

  private constructor(lab: Lab) {
    this.#lab = lab;
    this.home = `${lab.directory}/home`;
  }

  static async create(): Promise<RunLab> {
    const lab = await Lab.create();
    const own = new RunLab(lab);
    try {
      await own.#build();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return own;
  }

  async #build(): Promise<void> {
    const { client, server, directory } = this.#lab;
    await client.ip("route", "add", "default", "via", server.ipv4);
    await client.ip("-6", "route", "add", "default", "via", server.ipv6);
    await Deno.chmod(directory, 0o755);
    await Deno.mkdir(this.home);
    await Deno.chown(this.home, USER, USER);
    await Deno.copyFile(WEBSTAT, `${directory}/webstat`);
    await Deno.chmod(`${directory}/webstat`, 0o755);
    await this.#makeRepository();
    const { certificate, key } = await makeCertificates(directory);
    const sites = ["shop.test", "blog.test"].flatMap((
      name,
    ) => [`http://${name}`, `https://${name}`]);
    await startCaddy(
      this.#lab,
      `{
  admin off
  auto_https off
}
${sites.filter((site) => site.startsWith("https")).join(", ")} {
  tls ${certificate} ${key}
  root * ${directory}/www
  file_server
}
${sites.filter((site) => !site.startsWith("https")).join(", ")} {
  root * ${directory}/www
  file_server
}`,
    );
    await startDnsmasq(this.#lab);
    await this.#lab.useServersDns();
  }

  async #makeRepository(): Promise<void> {
    const www = `${this.#lab.directory}/www`;
    await Deno.mkdir(www);
    await Deno.writeTextFile(`${www}/index.html`, "hello\n");
    await Deno.writeFile(`${www}/large`, new Uint8Array(20_000_000));
    await run([
      "sh",
      "-c",
      `cd "$0" && git init -q made && cd made &&
git -c user.name=a -c user.email=a@b.test commit -q --allow-empty -m a &&
git clone -q --bare . ../repo.git && git -C ../repo.git update-server-info`,
      www,
    ]);
  }

  /** The command line of `webstat run` by somebody. */
  line(who: Who, words: readonly string[]): string[] {
    const { directory } = this.#lab;
    return [
      ...["unshare", "--mount", "sh", "-c", WITH_TUN, directory],
      ...who === "user" ? AS_USER : [],
      ...["env", "-C", this.home, `HOME=${this.home}`, "PATH=/usr/bin:/bin:/usr/sbin:/sbin"],
      ...[`${directory}/webstat`, "run", ...words],
    ];
  }

  run(who: Who, ...words: string[]): Promise<Result> {
    return this.#lab.client.run(this.line(who, words), { mayFail: true, timeout: 90_000 });
  }

  start(who: Who, ...words: string[]) {
    return this.#lab.client.start(this.line(who, words));
  }

  terminal(): Promise<Terminal> {
    return Terminal.open({ columns: 120, rows: 30 }, this.#lab.client.inside([]));
  }

  /** As root: `command` in the client's namespace. */
  inside(command: readonly string[]): Promise<Result> {
    return this.#lab.client.run(command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }
}

const NEEDS = ["pasta", "unshare", "setpriv", "caddy", "git", "wget", "node", "python3", "pgrep"];

/** The line of the report for a host, without its time. */
const lineOf = ({ stderr }: Result, host: string): string =>
  new RegExp(`^ *\\S+ s  ${host.replaceAll(".", "\\.")} .*$`, "m").exec(stderr)?.[0]
    .replaceAll(/ +/g, " ").replace(/^.* s /, "") ?? assert.fail(stderr);

/** Folders and processes that runs have left behind. */
async function leftovers(): Promise<string[]> {
  const found = [];
  for await (const { name } of Deno.readDir("/tmp")) {
    if (!name.startsWith("webstat-run-")) continue;
    const owner = (await Deno.stat(`/tmp/${name}`).catch(() => null))?.uid;
    if (owner === USER) found.push(name);
  }
  const { stdout } = await run(["pgrep", "-u", `${USER}`, "-a"], { mayFail: true });
  // Those that have ended and wait for init are no processes any more.
  const processes = stdout.split("\n").filter((line) => line !== "" && !/<defunct>$/.test(line));
  return [...found, ...processes];
}

const PYTHON = `import ssl, urllib.request
context = ssl._create_unverified_context()
urllib.request.urlopen("https://shop.test/?python", context=context)`;

endToEnd("run: every program's requests inside TLS, as any user", async (t) => {
  await using lab = await RunLab.create();
  const commands: Record<string, [who: Who, command: string[], line: RegExp]> = {
    curl: ["user", ["curl", "-sSk", "https://shop.test/"], /^shop.test 2 1 - 1 200 /],
    "curl of root": ["root", ["curl", "-sSk", "https://shop.test/"], /^shop.test 2 1 - 1 200 /],
    wget: ["user", ["wget", "-qO-", "--no-check-certificate", "https://shop.test/"], / 1 200 /],
    git: [
      "user",
      ["git", "-c", "http.sslVerify=false", "clone", "-q", "https://shop.test/repo.git"],
      /^shop.test \d 1 - [3-9] 200 ×[3-9]/,
    ],
    python: ["user", ["/usr/bin/python3", "-c", PYTHON], / 1 - 1 200 /],
    node: [
      "user",
      ["env", "NODE_TLS_REJECT_UNAUTHORIZED=0", "node", "-e", 'fetch("https://shop.test/x")'],
      / 1 - 1 404 /,
    ],
    chromium: [
      "user",
      [
        ...["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
        ...["--ignore-certificate-errors", "--disable-background-networking"],
        ...["--dump-dom", "https://shop.test/"],
      ],
      /^shop.test .* \d+ .*200/,
    ],
  };
  for (const [name, [who, command, line]] of Object.entries(commands)) {
    await t.step(name, async () => {
      const result = await lab.run(who, "--", ...command);
      assert.equal(result.code, 0, result.stderr);
      assert.match(lineOf(result, "shop.test"), line, `${result.stdout}\n${result.stderr}`);
      assert.doesNotMatch(result.stderr, /not read/);
    });
  }
  assert.deepEqual(await leftovers(), []);
}, [...NEEDS, "chromium"]);

endToEnd("run: status, streams, user and order are as without it", async (t) => {
  await using lab = await RunLab.create();
  for (const who of ["user", "root"] as const) {
    await t.step(who, async () => {
      const { code, stdout, stderr } = await lab.run(
        ...[who, "--", "sh", "-c", "id -u; id -g; pwd; echo problem >&2; exit 7"] as const,
      );
      const id = who === "user" ? USER : 0;
      assert.deepEqual([code, stdout], [7, `${id}\n${id}\n${lab.home}\n`]);
      assert.match(stderr, /^problem\n0 hosts in /);
    });
  }
  await t.step("a signal ends it; there is none; no report", async () => {
    assert.equal((await lab.run("user", "--", "sh", "-c", "kill -9 $$")).code, 137);
    assertRefused(
      await lab.run("user", "--", "no-such"),
      127,
      /cannot run no-such: there is no such/,
    );
    assert.equal((await lab.run("user", "-q", "true")).stderr, "");
  });
  await t.step("in the order of use; names that lead nowhere; nothing decrypted", async () => {
    const script =
      "curl -s http://blog.test/; curl -sk https://shop.test/; curl -s nowhere.test; true";
    const result = await lab.run("user", "--no-keylog", "--", "sh", "-c", script);
    const hosts = [...result.stderr.matchAll(/ s {2}(\S+\.test)/g)].map(([, host]) => host);
    assert.deepEqual(hosts, ["blog.test", "shop.test", "nowhere.test"]);
    assert.match(lineOf(result, "blog.test"), / - - 1 200 /);
    assert.match(lineOf(result, "shop.test"), / 1 - - - .*requests not read$/);
    assert.match(lineOf(result, "nowhere.test"), /NXDOMAIN$/);
    assert.match(result.stderr, /The requests to 1 host could not be read/);
  });
  await t.step("inherited descriptors are its own, and there are no others", async () => {
    const numbers = [3, 4, 5, 8, 12];
    const open = numbers.map((number) => `exec ${number}<<<"is ${number}"`);
    const read = numbers.map((number) => `cat <&${number}`);
    const script = `${open.join("; ")}; "$@" bash -c '${read.join("; ")}; ls /proc/self/fd'`;
    const line = lab.line("user", ["-q", "--"]);
    const ownLine = line.indexOf("env");
    const inShell = [...line.slice(0, ownLine), "bash", "-c", script, "bash"];
    const { stdout, stderr } = await lab.inside([...inShell, ...line.slice(ownLine)]);
    assert.match(stdout, /^is 3\nis 4\nis 5\nis 8\nis 12\n0\n/, stderr);
    assert.equal(stdout, (await lab.inside(inShell)).stdout);
  });
  await t.step("without PATH its program is looked for where execvp() does", async () => {
    for (const who of ["user", "root"] as const) {
      const line = lab.line(who, ["-q", "--", "env"])
        .flatMap((word) => word === "-C" ? ["-u", "PATH", word] : word)
        .filter((word) => !word.startsWith("PATH="));
      const { stdout } = await lab.inside(line);
      assert.match(stdout, /^HOME=/m);
      assert.doesNotMatch(stdout, /^PATH=/m);
    }
  });
  await t.step("root owns and reads files as before", async () => {
    const script = 'echo x > "$0" && chown 1234 "$0" && chmod 0 "$0" && cat "$0"';
    assert.equal(
      (await lab.run("root", "-q", "--", "sh", "-c", script, `${lab.home}/f`)).stdout,
      "x\n",
    );
  });
  await t.step("results go to files", async () => {
    const files = ["--report", "r.txt", "--json", "r.json", "--events", "r.ndjson"];
    const { stderr } = await lab.run("user", ...files, "--", "curl", "-sk", "https://shop.test/");
    assert.equal(stderr, "");
    assert.match(await Deno.readTextFile(`${lab.home}/r.txt`), / shop\.test .* 200 /);
    const { hosts } = JSON.parse(await Deno.readTextFile(`${lab.home}/r.json`));
    assert.deepEqual(hosts[0].http_requests, [
      { method: "GET", code: "200", version: "2", count: 1 },
    ]);
    assert.match(await Deno.readTextFile(`${lab.home}/r.ndjson`), /"kind":"http".*"tls":"1.3"/);
  });
  await t.step("results of before are replaced, other files are not", async () => {
    const replaced = await lab.run("user", "--report", "r.txt", "--json", "r.json", "--", "true");
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${lab.home}/r.json`)).hosts, []);
    for (const option of ["--report", "--json", "--record-allow"]) {
      await lab.run("user", "-q", "--", "sh", "-c", "echo mine > notes");
      const { code, stderr } = await lab.run("user", option, "notes", "--", "touch", "was-run");
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`notes is not of webstat run .* with ${option}\n$`));
      assert.equal(await Deno.readTextFile(`${lab.home}/notes`), "mine\n");
    }
    await assert.rejects(Deno.stat(`${lab.home}/was-run`), Deno.errors.NotFound);
  });
  assert.deepEqual(await leftovers(), []);
}, NEEDS);

endToEnd("run: a check of hosts", async (t) => {
  await using lab = await RunLab.create();
  const both = "curl -sk https://shop.test/ https://blog.test/";
  await t.step("a host that is not allowed is named at once, and the status is 3", async () => {
    const daemon = lab.start(
      "user",
      ...["--allow", "*.shop.test", "shop.test", "--", "sh", "-c", `${both}; read line`],
    );
    await daemon.waitFor(/^webstat: blog\.test is not allowed \(DNS question\)$/m, 20_000);
    assert.ok(daemon.running);
    await daemon.write("\n");
    const { code, stderr } = await daemon.ended();
    assert.equal(code, 3, stderr);
    assert.match(stderr, / blog\.test .* not allowed/);
    assert.doesNotMatch(stderr, /shop\.test .*not allowed/);
  });
  await t.step("the command's own failure comes first", async () => {
    const { code } = await lab.run("user", "--deny", "*.test", "--", "sh", "-c", `${both}; exit 4`);
    assert.equal(code, 4);
  });
  await t.step("what was recorded is allowed", async () => {
    const recorded = await lab.run("user", "--record-allow", "hosts", "--", "sh", "-c", both);
    assert.equal(recorded.code, 0);
    assert.match(await Deno.readTextFile(`${lab.home}/hosts`), /^#.*\nblog\.test\nshop\.test\n$/);
    const again = await lab.run("user", "--allow-file", "hosts", "--", "sh", "-c", both);
    assert.equal(again.code, 0, again.stderr);
    const denied = ["--allow-file", "hosts", "--deny", "blog.test"];
    const { code, stderr } = await lab.run("user", ...denied, "--", "sh", "-c", both);
    assert.equal(code, 3);
    assert.match(stderr, /blog\.test is denied/);
  });
}, NEEDS);

endToEnd("run: a large download is not held up", async () => {
  await using lab = await RunLab.create();
  const command = ["curl", "-sk", "-m", "20", "-o", "large", "https://shop.test/large"];
  const result = await lab.run("user", "--", ...command);
  assert.equal(result.code, 0, result.stderr);
  assert.match(lineOf(result, "shop.test"), / 1 200 2[01] MB /);
}, NEEDS);

endToEnd("run: /metrics meanwhile; signals; nothing stays behind", async (t) => {
  await using lab = await RunLab.create();
  await t.step("/metrics", async () => {
    const script = "curl -sk https://shop.test/; read line";
    const daemon = lab.start("user", "-l", "127.0.0.1:8123", "--", "sh", "-c", script);
    await until("a page with the request", async () => {
      const { stdout } = await lab.inside(["curl", "-s", "http://127.0.0.1:8123/metrics"])
        .catch(() => ({ stdout: "" }));
      return /^webstat_http_requests_total\{host="shop.test".*} 1$/m.test(stdout);
    });
    await daemon.write("\n");
    assert.equal((await daemon.ended()).code, 0);
  });
  await t.step("SIGTERM and SIGINT reach the command, and their statuses webstat", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const script = `trap "echo heard; kill \\$!; exit 9" TERM INT; echo begun; sleep 30 & wait`;
      const daemon = lab.start("user", "-q", "--", "bash", "-c", script);
      await daemon.waitFor(/begun/, 20_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { code, stdout } = await daemon.stop(signal);
      assert.deepEqual([code, stdout], [9, "begun\nheard\n"]);
    }
  });
  await t.step("if webstat is killed", async () => {
    const daemon = lab.start("user", "--", "sh", "-c", "echo begun; read line");
    await daemon.waitFor(/begun/, 20_000);
    daemon.signal("SIGKILL");
    await daemon.write("\n").catch(() => {});
    await daemon.ended();
    await until("an end", async () => (await leftovers()).length === 0);
  });
  await t.step("20 runs", async () => {
    for (let i = 0; i < 20; i++) {
      const script = [
        "true",
        "kill -9 $$",
        "kill -TERM $PPID; exec sleep 5",
        "curl -s http://shop.test/",
      ];
      await lab.run("user", "-q", "--", "sh", "-c", script[i % script.length]!);
    }
    assert.deepEqual(await leftovers(), []);
  });
}, NEEDS);

endToEnd("run: the terminal is the command's: keys, job control", async () => {
  await using lab = await RunLab.create();
  await using terminal = await lab.terminal();
  const line = lab.line("user", ["-q", "--", "sh", "-c", "trap 'echo key' INT; tty; cat"]);
  await terminal.command(line.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "));
  await terminal.waitFor(/\/dev\/pts\/\d+/, 20_000);
  await terminal.command("typed");
  await terminal.waitFor(/^typed\n(.*\n)*typed/m);
  await terminal.keys("C-c");
  await terminal.waitFor(/^\^Ckey/m);
  await until("an end", async () => (await leftovers()).length === 0);
}, [...NEEDS, "tmux"]);

endToEnd("run: one line says what is missing", async (t) => {
  await using lab = await RunLab.create();
  await t.step("a way out", async () => {
    await lab.inside(["ip", "route", "del", "default"]);
    await lab.inside(["ip", "-6", "route", "del", "default"]);
    assertRefused(await lab.run("user", "true"), 1, /no default route/);
  });
  await t.step("a command, a pattern, a file", async () => {
    assertRefused(await lab.run("user"), 2, /run needs a command/);
    assertRefused(
      await lab.run("user", "--", "/etc/passwd"),
      126,
      /no program that may be executed/,
    );
    assertRefused(await lab.run("user", "--allow", "a b", "--", "true"), 2, /"a b" is no host/);
    assertRefused(
      await lab.run("user", "--json", "/no/x", "--", "true"),
      2,
      /cannot write \/no\/x/,
    );
  });
  assert.deepEqual(await leftovers(), []);
}, NEEDS);
