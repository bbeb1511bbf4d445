// The page for people of a session.

import type { HtmlPage, WebPage } from "../outputs/page/web_page.ts";
import type { Pages } from "../server/routes.ts";
import type { CaptureSession } from "./capture_session.ts";
import { ALL_HOSTS } from "./metrics_push.ts";

export class LivePage {
  readonly #session: CaptureSession;
  #renderer: Promise<WebPage> | null = null;

  constructor(session: CaptureSession) {
    this.#session = session;
  }

  /** Loads the renderer, if the page is served. */
  async load(): Promise<void> {
    const { page, listen } = this.#session.config;
    if (page && listen !== null) await this.#load();
  }

  /** What the server asks for pages of the hosts of `select`; null with --no-page. */
  pages(problem: () => string | null, select = ALL_HOSTS): NonNullable<Pages["html"]> | null {
    if (!this.#session.config.page) return null;
    return async (path, query): Promise<HtmlPage> => {
      const snapshot = await select(await this.#session.snapshot());
      return (await this.#load()).render(snapshot, path, query, problem());
    };
  }

  #load(): Promise<WebPage> {
    return this.#renderer ??= import("../outputs/page/web_page.ts")
      .then(({ WebPage }) => new WebPage(this.#session.view));
  }
}
