// Makes the pictures of the pages: the terminal and the page in a browser, over real traffic between two
// network namespaces.
//
//   deno run -A tests/docs/pictures.ts             docs/pictures/*.png
//   deno run -A tests/docs/pictures.ts --dashboard    docs/pictures/dashboard.png
//   deno run -A tests/docs/pictures.ts --screens DIR [SESSION...]
//                                                  each screen in several sizes, to be looked at

import { Prometheus } from "../e2e/prometheus.ts";
import { startSniff, WEBSTAT } from "../e2e/webstat.ts";
import { Browser } from "../lab/browser.ts";
import { Lab } from "../lab/lab.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { Terminal, type TerminalSize } from "../lab/terminal.ts";
import { terminalHtml } from "../lab/terminal_picture.ts";
import { DASHBOARD_WIDTH, dashboardHtml } from "./dashboard_picture.ts";
import { ROOT } from "./markdown.ts";
import { type Session, SESSIONS, THEME } from "./screens.ts";

/** What is asked for, and how often in ten seconds. */
const VISITS: readonly (readonly [url: string, times: number])[] = [
  ["http://shop.test/page.html", 30],
  ["http://shop.test/missing", 4],
  ["https://shop.test/", 8],
  ["http://api.shop.test/data.json", 40],
  ["http://api.shop.test/error", 3],
  ["http://api.shop.test/delay", 2],
  ["https://cdn.shop.test/longer.txt", 20],
  ["https://blog.test/page.html", 12],
  ["http://blog.test/long.txt", 6],
  ["https://login.bank.test/", 5],
  ["http://mirror.example.test/longer.txt", 3],
  ["https://telemetry.example.test/form", 9],
  ["https://updates.example.test/", 2],
  ["http://xn--bcher-kva.test/", 2],
  ["http://printer.test:8080/empty", 1],
];
const LOOKED_UP = ["ads.example.test", "ntp.example.test", "mail.bank.test"];

/** Lively: more and less traffic by turns. */
async function visit(lab: Lab, isOver: () => boolean): Promise<void> {
  for (let tick = 0; !isOver(); tick++) {
    const wave = 0.6 + 0.4 * Math.sin(tick / 4);
    const urls = VISITS.flatMap(([url, times]) =>
      Array<string>(Math.floor(times / 20 * wave + Math.random())).fill(url)
    );
    const output = urls.flatMap((url) => ["-o", "/dev/null", url]);
    await lab.client.run(["curl", "-sSk4", "-m", "20", ...output, "http://shop.test/"]);
    const name = LOOKED_UP[tick % LOOKED_UP.length]!;
    if (tick % 6 === 0) await lab.client.run(["dig", `@${lab.server.ipv4}`, "+short", name]);
    await new Promise((resolve) => setTimeout(resolve, 350));
  }
}

const openHtml = (browser: Browser, html: string): Promise<void> =>
  browser.open(`data:text/html;base64,${new TextEncoder().encode(html).toBase64()}`);

/** A picture of the terminal as it is. */
async function terminalPicture(
  terminal: Terminal,
  { columns }: TerminalSize,
  browser: Browser,
): Promise<Uint8Array> {
  await browser.show("dark", 400, 200);
  await openHtml(browser, terminalHtml(await terminal.coloured(), columns));
  const [width, height] = await browser.evaluate<[number, number]>(
    "[document.body.offsetWidth, document.body.offsetHeight]",
  );
  await browser.show("dark", width, height);
  return await browser.picture();
}

async function openAnalyze(lab: Lab, size: TerminalSize, options: string): Promise<Terminal> {
  const terminal = await Terminal.open(size, lab.client.inside([]));
  await terminal.command(
    `env -u NO_COLOR HOME=${lab.directory} ${WEBSTAT} analyze -i lan0 --no-state ${options}`,
  );
  await terminal.waitFor(/shop\.test/, 30_000);
  return terminal;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function pictures(lab: Lab, browser: Browser, folder: string): Promise<void> {
  const size = { columns: 112, rows: 16 };
  await using terminal = await openAnalyze(lab, size, "--export '~^(shop|blog)'");
  const { url } = await startSniff(lab.client, ["-i", "lan0", "-l", "127.0.0.1:0", "--process"]);
  await using page = await Browser.start((command) => lab.client.inside(command));
  await page.show("light", 1100, 640);
  await page.open(`${url}/`);
  await pause(40);
  await Deno.writeFile(`${folder}/terminal.png`, await terminalPicture(terminal, size, browser));
  await Deno.writeFile(`${folder}/page.png`, await page.picture());
}

/** Seconds of traffic that the dashboard shows. */
const SHOWN = 150;

async function dashboard(lab: Lab, browser: Browser, folder: string): Promise<void> {
  const { url } = await startSniff(lab.client, ["-i", "lan0", "-l", "127.0.0.1:0"]);
  const prometheus = await Prometheus.start(lab, lab.client, new URL(url).host);
  await pause(SHOWN + 15);
  await browser.show("dark", DASHBOARD_WIDTH, 200);
  await openHtml(browser, await dashboardHtml(prometheus, SHOWN, "15s"));
  const height = await browser.evaluate<number>("document.documentElement.scrollHeight");
  await browser.show("dark", DASHBOARD_WIDTH, height);
  await Deno.writeFile(`${folder}/dashboard.png`, await browser.picture());
}

const KINDS: Readonly<Record<string, typeof dashboard>> = {
  "--screens": screens,
  "--dashboard": dashboard,
};

const SIZES = [[60, 15], [80, 24], [120, 40], [200, 50]] as const;

async function screens(lab: Lab, browser: Browser, folder: string): Promise<void> {
  await Deno.writeTextFile(`${lab.directory}/theme.yaml`, THEME);
  const wanted = Deno.args.slice(2);
  for (
    const session of SESSIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  ) {
    for (const [columns, rows] of SIZES) {
      await pictureEach(session, { columns, rows }, lab, browser, folder);
    }
  }
}

async function pictureEach(
  { name, environment = "", options, shows, steps }: Session,
  size: TerminalSize,
  lab: Lab,
  browser: Browser,
  folder: string,
): Promise<void> {
  await using terminal = await Terminal.open(size, lab.client.inside([]));
  const arguments_ = options.replaceAll("FOLDER", `${ROOT}tests/fixtures`)
    .replaceAll("THEME", `${lab.directory}/theme.yaml`);
  await terminal.command(
    `env -u NO_COLOR HOME=${lab.directory} ${environment} ${WEBSTAT} analyze ${arguments_}`,
  );
  await terminal.waitFor(shows, 30_000);
  await pause(6);
  for (const [step, ...keys] of steps) {
    for (const key of keys) {
      await (key.startsWith("=") ? terminal.type(key.slice(1)) : terminal.keys(key));
      await pause(0.2);
    }
    await pause(0.6);
    const picture = await terminalPicture(terminal, size, browser);
    await Deno.writeFile(`${folder}/${name}-${step}-${size.columns}x${size.rows}.png`, picture);
  }
  // The next one needs its port.
  await terminal.keys("C-c");
  await terminal.waitFor(/\$ *\n*$/);
}

if (import.meta.main) {
  const [option = "", folder = `${ROOT}docs/pictures`] = Deno.args;
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab, [`--address=/test/${lab.server.ipv4}`]);
  await lab.useServersDns();
  await using browser = await Browser.start();
  let isOver = false;
  const visiting = visit(lab, () => isOver);
  await Deno.mkdir(folder, { recursive: true });
  await (KINDS[option] ?? pictures)(lab, browser, folder);
  isOver = true;
  await visiting;
}
