// A real browser, without a window, which tests look through: chromium, told what to do by the Chrome
// DevTools Protocol over a pipe, so that it can be in a network namespace that this process is not in.

import { rm } from "node:fs/promises";
import { until } from "./process.ts";

interface Reply {
  readonly id?: number;
  readonly sessionId?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

type Parameters = Readonly<Record<string, unknown>>;

/** Descriptors 3 and 4 are where chromium reads orders and writes answers. */
const PIPED = 'exec "$@" --remote-debugging-pipe 3<&0 4>&1 </dev/null >/dev/null 2>&1';
const OPTIONS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
  // It looks for its maker's servers by itself.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
/** Milliseconds that an answer may take. */
const PATIENCE = 30_000;

export class Browser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  readonly #profile: string;
  readonly #reading: Promise<void>;
  #session: string | undefined;
  #last = 0;

  private constructor(profile: string, inside: (command: readonly string[]) => string[]) {
    this.#profile = profile;
    const chromium = ["chromium", ...OPTIONS, `--user-data-dir=${profile}`];
    const [program, ...args] = inside(["sh", "-c", PIPED, "sh", ...chromium]);
    this.#child = new Deno.Command(program!, {
      ...{ args, stdin: "piped", stdout: "piped", stderr: "null" },
      env: { HOME: profile },
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts it. `inside` says how commands get into a namespace. */
  static async start(inside = (command: readonly string[]) => [...command]): Promise<Browser> {
    const browser = new Browser(await Deno.makeTempDir(), inside);
    const { targetId } = await browser.#ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.#ask("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = sessionId as string;
    return browser;
  }

  /** Opens a page, and waits until it is there as a whole. */
  async open(url: string): Promise<void> {
    await this.#ask("Page.navigate", { url });
    // Asked for while it changes, there is no answer.
    const isThere = `location.href !== "about:blank" && document.readyState === "complete"`;
    await until(url, () => this.evaluate<boolean>(isThere).catch(() => false), {
      timeout: PATIENCE,
    });
  }

  /** The value of an expression in the page; of a promise, what it becomes. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.#ask("Runtime.evaluate", {
      ...{ expression, awaitPromise: true, returnByValue: true },
    }) as { result: { value: Value }; exceptionDetails?: { exception?: { description: string } } };
    if (exceptionDetails === undefined) return result.value;
    throw new Error(`${expression.slice(0, 200)}: ${exceptionDetails.exception?.description}`);
  }

  /** What the reader likes, and the size of the window. */
  async show(scheme: "light" | "dark", width: number, height: number): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#ask("Emulation.setEmulatedMedia", { features });
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.#ask("Emulation.setDeviceMetricsOverride", size);
  }

  /** Without it, pages are as browsers show them to people who switched scripts off. */
  async scripts(isOn: boolean): Promise<void> {
    await this.#ask("Emulation.setScriptExecutionDisabled", { value: !isOn });
  }

  /** What is to be seen, as PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.#ask("Page.captureScreenshot", { format: "png" });
    return Uint8Array.fromBase64(data as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("Browser.close", {}).catch(() => {});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#input.close().catch(() => {});
    await this.#reading;
    // A child of chromium may still write there.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  async #ask(method: string, params: Parameters): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const reply = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, reply);
    const order = { id, method, params, ...this.#session ? { sessionId: this.#session } : {} };
    const timer = setTimeout(() => reply.reject(new Error(`${method}: no answer`)), PATIENCE);
    try {
      await this.#input.write(new TextEncoder().encode(`${JSON.stringify(order)}\0`));
      return await reply.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Answers, each with a NUL behind it; events are passed over. */
  async #read(): Promise<void> {
    let text = "";
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const messages = text.split("\0");
      text = messages.pop()!;
      for (const message of messages) this.#heard(JSON.parse(message) as Reply);
    }
    for (const { reject } of this.#waiting.values()) reject(new Error("chromium has ended"));
  }

  #heard({ id, result, error }: Reply): void {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result ?? {});
  }
}
