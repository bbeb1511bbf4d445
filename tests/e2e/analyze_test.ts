// The live report in a real terminal, over real traffic: what is seen, what a real Prometheus gets,
// and how the terminal is left.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { Terminal } from "../lab/terminal.ts";
import { Prometheus } from "./prometheus.ts";
import { assertHarmless, curl, endToEnd, WEBSTAT } from "./webstat.ts";

const NEEDS = ["tmux", "prometheus"];
const FIXTURES = decodeURIComponent(new URL("../fixtures", import.meta.url).pathname);
const SIZE = { columns: 100, rows: 24 };
const ADDRESS = "127.0.0.1:8001";

async function startServers(lab: Lab): Promise<void> {
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
}

async function dig(lab: Lab, ...names: string[]): Promise<void> {
  await lab.client.run(["dig", `@${lab.server.ipv4}`, "+short", ...names]);
}

/** What must be the same before and after. */
async function stateOf(terminal: Terminal): Promise<Record<string, string>> {
  return {
    settings: await terminal.settings(),
    cursor: await terminal.variable("cursor_flag"),
    alternate: await terminal.variable("alternate_on"),
    mouse: await terminal.variable("mouse_any_flag"),
  };
}

endToEnd("analyze: Prometheus sees exactly the hosts exported in the terminal", async (t) => {
  await using lab = await Lab.create();
  await startServers(lab);
  await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
  const before = await stateOf(terminal);
  const file = `${lab.directory}/picked.csv`;
  await terminal.command(
    `SUDO_UID=65534 SUDO_GID=65534 ${WEBSTAT} analyze -i ${lab.client.interface} --ip ` +
      `--extract ${file} --no-state --legacy-metrics; echo "left with $?"`,
  );
  await terminal.waitFor(/lan0 .*\n.*0 hosts.*127\.0\.0\.1:8001\/metrics/, 20_000);
  const prometheus = await Prometheus.start(lab, lab.client, ADDRESS);
  const exported = async () =>
    Object.keys(await prometheus.table("sum by (host) (webstat_hits_total)", "host"));
  const isExported = (...hosts: string[]) =>
    until(`Prometheus has ${hosts.join() || "no host"}`, async () => {
      return JSON.stringify(await exported()) === JSON.stringify(hosts);
    });

  await t.step("hosts appear as soon as there is traffic", async () => {
    await curl(lab, "http://shop.test/page.html?token=secret", "http://shop.test/missing");
    await curl(lab, "https://blog.test/");
    await dig(lab, "api.test");
    const screen = await terminal.waitFor(/api\.test/);
    assert.match(screen, /^›? +\d+ shop\.test +\d+ .*50%.* kB/m);
    assert.match(screen, /^›? +\d+ blog\.test .* - /m);
    assert.doesNotMatch(screen, /dropped/);
    await until("Prometheus has the capture's own numbers", async () => {
      return await prometheus.value("sum(webstat_capture_packets_total)") > 10;
    });
    assert.deepEqual(await exported(), [], "no host is exported");
  });

  await t.step("/ filters while typing, and Esc clears the filter", async () => {
    await terminal.type("/blo");
    assert.doesNotMatch(await terminal.waitFor(/filter: blo[^]*/), /shop\.test/);
    await terminal.keys("Enter");
    await terminal.waitFor(/1 of 3 hosts: blo/);
    await terminal.keys("Escape");
    await terminal.waitFor(/shop\.test/);
  });

  await t.step("Space exports the selected host only", async () => {
    await terminal.type("/blog");
    await terminal.keys("Enter", "Space", "Escape");
    await terminal.waitFor(/● +\d+ blog\.test/);
    await isExported("blog.test");
    assert.equal(await prometheus.value('webstat_hits_total{source="tls"}'), 1);
    assert.equal(await prometheus.value("webstat_hosts"), 3);
    const old = await prometheus.table("sum by (url) (extracted_url_access_count_total)", "url");
    assert.deepEqual(old, await prometheus.table("sum by (host) (webstat_hits_total)", "host"));
    assert.ok(old["blog.test"]! > 0);
  });

  await t.step("e exports matching hosts, also those seen later", async () => {
    await terminal.type("eshop");
    await terminal.waitFor(/export matching: shop +1 host/);
    await terminal.keys("Enter");
    await dig(lab, "www.shop.test");
    await terminal.waitFor(/● +\d+ www\.shop\.test/);
    await isExported("blog.test", "shop.test", "www.shop.test");
  });

  await t.step("a host that is no longer exported is gone at the next scrape", async () => {
    await terminal.type("x");
    await terminal.waitFor(/0 exported/);
    await isExported();
    assert.ok(await prometheus.value("sum(webstat_capture_packets_total)") > 10);
  });

  await t.step(
    "d shows main domains with sums; an exported domain includes later hosts",
    async () => {
      await terminal.type("d");
      await terminal.waitFor(/3 domains of 4 hosts/);
      await terminal.type("g ");
      await terminal.waitFor(/● +\d+ shop\.test \(2\)/);
      await dig(lab, "later.shop.test");
      await isExported("later.shop.test", "shop.test", "www.shop.test");
      await terminal.keys("Enter");
      assert.doesNotMatch(await terminal.waitFor(/3 hosts of shop\.test/), /blog/);
      await terminal.keys("Left");
      await terminal.type("d");
      await terminal.waitFor(/5 hosts {2}3 exported/);
    },
  );

  await t.step("a host's page shows its requests, without query strings", async () => {
    await terminal.resize({ columns: 120, rows: 50 });
    await terminal.type("g");
    await terminal.keys("Enter");
    const screen = await terminal.waitFor(/GET +\/page\.html/);
    for (
      const part of [/Traffic of the last minute/, /GET 404 HTTP\/1\.1 +1/, /10\.77\.0\.2 +\d/]
    ) {
      assert.match(screen, part);
    }
    assert.doesNotMatch(screen, /secret/);
    await terminal.keys("Escape");
    await terminal.waitFor(/req\+tls▼/);
  });

  await t.step("it fits terminals of any size", async () => {
    // Paused: no later drawing puts right what this one has left.
    await terminal.type("p");
    for (const size of [{ columns: 60, rows: 15 }, { columns: 160, rows: 45 }, SIZE]) {
      await terminal.resize(size);
      const screen = await until("the screen fits", async () => {
        const lines = (await terminal.screen()).trimEnd().split("\n");
        const isWhole = /lan0/.test(lines[0]!) &&
          /host +req\+tls▼ +hits +rate/.test(lines[2] ?? "") &&
          /q quit$/.test(lines.at(-1)!);
        return isWhole && lines.length === size.rows ? lines : null;
      });
      assert.equal(screen.filter((line) => line.includes("req+tls▼")).length, 1, "drawn once");
      assert.equal(
        screen.filter((line) => / [a-z.]+\.test /.test(line)).length,
        5,
        screen.join("\n"),
      );
    }
    await terminal.type("p");
  });

  await t.step("quitting restores the terminal and writes the file", async () => {
    assert.equal(await terminal.variable("alternate_on"), "1");
    await terminal.type("q");
    await terminal.waitFor(/Quit\? The choice of exported hosts cannot be kept\. y\/n/);
    await terminal.type("y");
    const screen = await terminal.waitFor(/left with 0/);
    assert.match(screen.replaceAll("\n", ""), /3 hosts written to \S+picked\.csv/);
    assert.deepEqual(await stateOf(terminal), before);
    const { mode, uid } = await Deno.stat(file);
    assert.deepEqual([mode! & 0o777, uid], [0o600, 65534]);
    const [head, ...rows] = (await Deno.readTextFile(file)).trimEnd().split("\r\n");
    assert.equal(head, "INDEX,DOMAIN,HITS,IP,CITY");
    const shop = rows.map((row) => row.split(",")).find(([, domain]) => domain === "shop.test");
    assert.equal(shop?.[3], lab.server.ipv4);
    assert.deepEqual(rows.map((row) => row.split(",")[1]).sort(), [
      "later.shop.test",
      "shop.test",
      "www.shop.test",
    ]);
  });
}, NEEDS);

endToEnd("analyze: signals restore the terminal and write the file", async () => {
  await using lab = await Lab.create();
  await startServers(lab);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
    const before = await stateOf(terminal);
    const pidFile = `${lab.directory}/${signal}.pid`;
    const inner = `echo $$ > ${pidFile}; exec ${WEBSTAT} -m analyze -i ${lab.client.interface}`;
    await terminal.command(
      `HOME=${lab.directory} sh -c '${inner} --export test'; echo "left with $?"`,
    );
    await terminal.waitFor(/0 hosts/, 20_000);
    await curl(lab, "http://shop.test/");
    await terminal.waitFor(/● +\d+ shop\.test/);
    // As long as the terminal is there, this asks for files to be opened again.
    Deno.kill(Number(await Deno.readTextFile(pidFile)), "SIGHUP");
    await terminal.waitFor(/SIGHUP: files opened again/);
    Deno.kill(Number(await Deno.readTextFile(pidFile)), signal);
    await terminal.waitFor(/left with 0/);
    assert.deepEqual(await stateOf(terminal), before, signal);
    const file = `${lab.directory}/.local/share/webstat/extraction.tsv`;
    assert.match(await Deno.readTextFile(file), /^\d+\tshop\.test\t\d+\t10\.77\.0\.2\t$/m);
    await Deno.remove(`${lab.directory}/.local`, { recursive: true });
  }
}, NEEDS);

endToEnd("analyze: a crash restores the terminal and is reported in one line", async () => {
  await using lab = await Lab.create();
  const script = decodeURIComponent(new URL("crash.ts", import.meta.url).pathname);
  for (const [place, status] of [["main", /left with 1/], ["worker", /left with 1/]] as const) {
    await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
    const before = await stateOf(terminal);
    const pidFile = `${lab.directory}/${place}.pid`;
    const inner =
      `echo $$ > ${pidFile}; exec ${Deno.execPath()} run -A ${script} analyze --no-state`;
    await terminal.command(
      `CRASH_IN=${place} sh -c '${inner} -i ${lab.client.interface}'; echo "left with $?"`,
    );
    await terminal.waitFor(/0 hosts/, 30_000);
    assert.notDeepEqual(await stateOf(terminal), before);
    Deno.kill(Number(await Deno.readTextFile(pidFile)), "SIGURG");
    if (place === "worker") {
      await terminal.waitFor(/Internal error in the capture/);
      await terminal.type("q");
    }
    const screen = await terminal.waitFor(status);
    assert.match(screen, /webstat: [^]*(bug|fault)/);
    assert.doesNotMatch(screen, /\n\s+at /, "no stack trace");
    assert.deepEqual(await stateOf(terminal), before, place);
  }
}, NEEDS);

endToEnd(
  "analyze: closing the window ends it and writes the file, also while stopped",
  async () => {
    for (const isStopped of [false, true]) {
      await using lab = await Lab.create();
      const terminal = await Terminal.open(SIZE, lab.client.inside([]));
      const file = `${lab.directory}/picked.tsv`;
      // Both of the same process, so that its id is known.
      const inner = `echo $$ > ${lab.directory}/pid; exec ${WEBSTAT} analyze --no-state`;
      const input = `-r ${FIXTURES}/http1-keepalive.pcap --export shop`;
      await terminal.command(`sh -c '${inner} ${input} --extract ${file}'`);
      await terminal.waitFor(/3 hosts/, 20_000);
      const pid = Number(await Deno.readTextFile(`${lab.directory}/pid`));
      if (isStopped) {
        await terminal.keys("C-z");
        await terminal.waitFor(/Stopped/);
      }
      await terminal[Symbol.asyncDispose]();
      await until("webstat ends", async () => {
        return await Deno.stat(`/proc/${pid}`).then(() => null, () => true);
      });
      assert.match(await Deno.readTextFile(file), /^INDEX\tDOMAIN.*\n\d+\tshop\.test\t/);
    }
  },
  NEEDS,
);

endToEnd(
  "analyze: --extract replaces no file of another kind, and loses no host of before",
  async () => {
    await using lab = await Lab.create();
    await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
    // Webstat is nobody when it writes.
    const folder = `${lab.directory}/picked`;
    await Deno.mkdir(folder);
    await Deno.chmod(folder, 0o777);
    const file = `${folder}/picked.tsv`;
    const leave = async (options: string) => {
      const input = `-r ${FIXTURES}/http1-keepalive.pcap --extract ${file}`;
      await terminal.command(
        `clear; ${WEBSTAT} analyze --no-state ${input} ${options}; echo "left with $?"`,
      );
      await terminal.waitFor(/3 hosts/, 20_000);
      await terminal.type("q");
      await terminal.waitFor(/left with 0/);
    };
    await leave("");
    await assert.rejects(Deno.stat(file), Deno.errors.NotFound, "nothing is exported");

    await leave("--export shop");
    await Deno.chmod(file, 0o640);
    await leave("--export blog");
    const hosts = [...(await Deno.readTextFile(file)).matchAll(/^\d+\t(\S+)\t/gm)].map(([, host]) =>
      host
    );
    assert.deepEqual(hosts.sort(), ["blog.test", "shop.test"]);
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o640);

    await Deno.writeTextFile(file, "my notes\n");
    await terminal.command(
      `clear; ${WEBSTAT} analyze -i lo --extract ${file}; echo "left with $?"`,
    );
    const screen = await terminal.waitFor(/left with 1/);
    assert.match(screen.replaceAll("\n", ""), /picked\.tsv is not an extraction file/);
    assert.equal(await Deno.readTextFile(file), "my notes\n");
  },
  NEEDS,
);

endToEnd("analyze: exports and view come back at the next start", async () => {
  await using lab = await Lab.create();
  await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
  const command = `HOME=${lab.directory} ${WEBSTAT} analyze -r ${FIXTURES}/http1-keepalive.pcap; ` +
    `echo "left with $?"`;
  await terminal.command(command);
  await terminal.waitFor(/3 hosts .*0 exported/, 20_000);
  await terminal.type("Sn q");
  await terminal.waitFor(/left with 0/);
  await terminal.command(`clear; ${command}`);
  const screen = await terminal.waitFor(/1 exported/, 20_000);
  assert.match(screen, /0 hidden \(DNS only\)[^]*req\+tls▲[^]*›● +\d+ api\.test/);
  await terminal.type("q");
  await terminal.waitFor(/left with 0/);
}, NEEDS);

endToEnd("analyze: mouse, clipboard, pasted text, Ctrl-Z and fg", async (t) => {
  await using lab = await Lab.create();
  await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
  const before = await stateOf(terminal);
  await terminal.command(
    `${WEBSTAT} analyze --no-state -r ${FIXTURES}/http1-keepalive.pcap; echo "left with $?"`,
  );
  await terminal.waitFor(/› +1 shop\.test/, 20_000);

  await t.step("a click selects, another opens", async () => {
    await terminal.click(10, 5);
    const screen = await terminal.waitFor(/› +\d+ (?!shop)\w+\.test/);
    const name = /› +\d+ (\S+)/.exec(screen)![1]!;
    await terminal.click(10, 5);
    await terminal.waitFor(new RegExp(`${name} +first seen`));
    await terminal.keys("Escape");
    await terminal.waitFor(/req\+tls▼/);
    await terminal.click(8, 3);
    await terminal.waitFor(/host▲/);
  });

  await t.step("pasted text does not act as keys", async () => {
    await terminal.paste("q\nq");
    await terminal.type("/");
    await terminal.paste("sh\nop");
    await terminal.waitFor(/1 of 3 hosts: shop[^]*filter: shop/);
    await terminal.keys("Enter");
  });

  await t.step("y copies the name", async () => {
    await terminal.type("y");
    await terminal.waitFor(/Copied shop\.test/);
    assert.equal(await terminal.clipboard(), "shop.test");
  });

  await t.step("Ctrl-Z gives the terminal back, fg goes on", async () => {
    for (let i = 0; i < 2; i++) {
      await terminal.keys("C-z");
      await terminal.waitFor(/Stopped/);
      const { settings: _, ...stopped } = await stateOf(terminal);
      assert.deepEqual(stopped, { cursor: "1", alternate: "0", mouse: "0" });
      await terminal.command(`clear; fg; echo "ended with $?"`);
      await terminal.waitFor(/1 of 3 hosts: shop/);
      await until("the mouse is its again", async () => {
        return await terminal.variable("mouse_any_flag") === "1" || null;
      });
    }
    await terminal.keys("Escape");
    await terminal.waitFor(/3 hosts/);
  });

  await terminal.type("q");
  await terminal.waitFor(/ended with 0/);
  assert.deepEqual(await stateOf(terminal), before);
}, NEEDS);

endToEnd(
  "analyze: reads capture files, also hostile ones; NO_COLOR works",
  async () => {
    await using lab = await Lab.create();
    await using terminal = await Terminal.open(SIZE, lab.client.inside([]));
    const files = `${FIXTURES}/http1-names.pcap ${FIXTURES}/dns-odd-names.pcap`;
    await terminal.command(
      `NO_COLOR=1 ${WEBSTAT} analyze --no-state -r ${files}; echo "left with $?"`,
    );
    await terminal.waitFor(/http1-names\.pcap \+1 +\d+ packets/, 20_000);
    await terminal.type("/~.");
    await terminal.keys("Enter");
    await terminal.waitFor(/(\d+) of \1 hosts: ~\./);
    assertHarmless(await terminal.screen(), "the screen");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(await terminal.coloured(), /\x1b\[(\d+;)*(3[0-7]|38|9[0-7])[;m]/);
    await terminal.keys("C-c");
    await terminal.waitFor(/left with 0/);
    await terminal.command(`${WEBSTAT} analyze -i no-such-interface; echo "left with $?"`);
    const screen = await terminal.waitFor(/left with 1/);
    assert.match(screen, /webstat: .*no-such-interface/);
  },
  NEEDS,
);
