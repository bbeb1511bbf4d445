// Every block of commands in the README and in docs/ works as pasted in a fresh checkout, and prints
// what the page shows below it.

import assert from "node:assert/strict";
import { freshCheckout, isLauncher } from "../checkout.ts";
import { curl } from "../e2e/webstat.ts";
import { Lab, missingForLab } from "../lab/lab.ts";
import { run, until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { Terminal } from "../lab/terminal.ts";
import { PAGES, read } from "./markdown.ts";

/** A block of commands. */
interface Example {
  readonly page: string;
  readonly commands: string;
  /** What the page shows below it, "..." for any lines; "" if it shows nothing. */
  readonly output: string;
}

const EXAMPLES: readonly Example[] = PAGES.flatMap((page) =>
  [...read(page).matchAll(/^```sh\n(.*?)^```\n(?:\n```(?:text|jsonl)\n(.*?)^```\n)?/gms)]
    .map(([, commands, output]) => ({ page, commands: commands!, output: output ?? "" }))
);

/** The block of a page in which some words are. */
function commandsOf(page: string, words: string): string {
  return EXAMPLES.find((each) => each.page === page && each.commands.includes(words))!.commands;
}

/** What no test runs, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "./scripts/setup --dev && deno task test\n": "it is what runs this test",
  [commandsOf("docs/monitoring.md", "/etc/grafana/")]: "there is no Grafana here",
  [commandsOf("docs/old-webstat.md", "restart prometheus")]: "not every machine has systemd",
};

/** Captures, or asks what captures. */
const isLive = ({ commands }: Example): boolean => /^(sudo|curl) /.test(commands);

/** For machines without sudo. */
const SUDO = 'sudo() { "$@"; }; type -P sudo >/dev/null && unset -f sudo\n';

/** `commands` as pasted into a shell in `folder`. */
function pasted(commands: string, folder: string): string[] {
  return ["bash", "-c", `cd "$0"\n${SUDO}${commands}`, folder];
}

/** One command, which can be stopped as if it were typed. */
function typed(command: string, folder: string): string[] {
  const [sudo, ...words] = command.trim().split(" ");
  assert.equal(sudo, "sudo");
  return ["env", "-C", folder, ...words];
}

/** The output as a page shows it, perhaps after other lines; with `anyNumbers` a number is any number. */
function shown(output: string, anyNumbers = false): RegExp {
  const lines = output.split(/(?<=\n)/).map((line) => {
    if (line === "...\n") return "(?:.*\n)*";
    const literal = line.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return anyNumbers ? literal.replaceAll(/\d+/g, "\\d+") : literal;
  });
  return new RegExp(`(?<=^|\n)${lines.join("")}$`);
}

Deno.test("what pages let their readers paste, files only, prints what they show", async (t) => {
  const folder = await freshCheckout();
  for (const example of EXAMPLES) {
    if (isLive(example) || example.commands in NOT_RUN) continue;
    await t.step(`${example.page}: ${example.commands.trim()}`, async () => {
      const { stdout } = await run(pasted(example.commands, folder), { timeout: 120_000 });
      assert.match(stdout, shown(example.output));
    });
  }
  await Deno.remove(folder, { recursive: true });
});

const missing = missingForLab(["tmux", "setcap"]);

Deno.test({
  name: "what pages let their readers paste, live" + (missing === null ? "" : ` (${missing})`),
  ignore: missing !== null,
  fn: async (t) => {
    const folder = await freshCheckout();
    await run(pasted("./scripts/setup", folder), { timeout: 120_000 });
    await using lab = await Lab.create();
    await Nginx.start(lab);
    await startDnsmasq(lab);
    await lab.useServersDns();
    const live = EXAMPLES.filter((each) => isLive(each) && !(each.commands in NOT_RUN));
    const found = (start: string) => live.filter(({ commands }) => commands.startsWith(start));

    const [sniff, ...otherSniffs] = found("sudo ./webstat sniff\n");
    const asking = found("curl ");
    await t.step("sniff, and asking it", async () => {
      const daemon = lab.client.start(typed(sniff!.commands, folder));
      await daemon.waitFor(/listening/);
      const said = daemon.stderr.replaceAll(lab.client.interface, "eth0");
      assert.match(said, shown(sniff!.output));
      await curl(lab, "http://shop.test/", "https://shop.test/");
      for (const { commands, output } of asking) {
        // A capture hands packets on a moment after they came.
        await until(commands, async () => {
          const { stdout } = await lab.client.run(pasted(commands, folder), { mayFail: true });
          return shown(output, true).test(stdout);
        });
      }
      assert.equal((await daemon.stop("SIGINT")).code, 0);
    });

    const [analyze, ...otherAnalyzes] = found("sudo ./webstat analyze\n");
    await t.step("analyze shows what happens, and its keys", async () => {
      await using terminal = await Terminal.open({ columns: 98, rows: 10 }, lab.client.inside([]));
      await terminal.command([`HOME=${folder}`, ...typed(analyze!.commands, folder)].join(" "));
      await terminal.waitFor(/hosts/);
      await curl(lab, "http://shop.test/");
      assert.match(await terminal.waitFor(/shop\.test/), /Space export .* q quit/);
    });

    const [install, ...otherInstalls] = found("sudo cp webstat /usr/local/bin/");
    await t.step("installed as it says, anybody can capture", async () => {
      // A launcher, which setup makes if there is no runtime stub, is a script: it can have no rights.
      if (await isLauncher(`${folder}/webstat`)) return;
      // `ip netns exec` has mounts of its own: nothing of this is left on the machine.
      const prepare = "mount -t tmpfs -o mode=755 tmpfs /usr/local/bin";
      const nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/";
      const capture = `${nobody} /usr/local/bin/webstat sniff -d 500ms -l 127.0.0.1:0 --json`;
      const { stdout } = await lab.client.run(
        pasted(`${prepare}\n${install!.commands}${capture}`, folder),
      );
      assert.equal(JSON.parse(stdout).interfaces[0].name, lab.client.interface);
    });

    const left = [...otherSniffs, ...otherAnalyzes, ...otherInstalls];
    const known = [sniff, analyze, install, ...asking];
    assert.deepEqual([...left, ...live.filter((each) => !known.includes(each))], []);
    await Deno.remove(folder, { recursive: true });
  },
});
