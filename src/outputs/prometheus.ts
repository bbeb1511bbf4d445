// The page of /metrics: the metrics of the snapshot, then those of webstat's own process.

import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { openMetricsPage, textPage } from "./exposition.ts";
import { familiesOf } from "./families.ts";
import type { Family } from "./family.ts";
import type { PageFormat } from "./page_format.ts";
import { copied, type Encode } from "./page_encoding.ts";
import { NO_FACTS, type ProcessFacts, processFamilies } from "./process.ts";
import { protobufPage } from "./protobuf_exposition.ts";
import { SeriesTally } from "./series.ts";
import { TextBytes } from "./text_bytes.ts";

/** Makes pages of /metrics. */
export class Prometheus {
  readonly #view: View;
  readonly #about: ProcessFacts;
  /** A page of 1000 hosts takes 8 MB: new memory for each would take longer than to compress it. */
  #room = new TextBytes();
  /** How many series the last page had. */
  series = 0;

  constructor(view: View, about: ProcessFacts = NO_FACTS) {
    this.#view = view;
    this.#about = about;
  }

  /** All metrics that are served. */
  families(): Family[] {
    const own = processFamilies(this.#about).filter(({ name }) => this.#view.isServed(name));
    return [...familiesOf(this.#view), ...own];
  }

  /** The page for a snapshot, as `encode` makes it of its bytes: those are written over by the next one. */
  page(
    snapshot: Snapshot,
    format: PageFormat = "text",
    encode: Encode = copied,
  ): Uint8Array<ArrayBuffer> {
    const tally = new SeriesTally(format);
    const families = tally.families(this.families(), this.#view);
    const page = WRITERS[format](families, snapshot, this.#view, tally, this.#room.cleared());
    this.series = tally.series;
    return encode(page);
  }

  /** Gives back the memory that pages are written to: until the next one. */
  release(): void {
    this.#room = new TextBytes();
  }
}

type Writer = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
  tally: SeriesTally,
  out: TextBytes,
) => Uint8Array<ArrayBuffer>;

const WRITERS: Readonly<Record<PageFormat, Writer>> = {
  text: textPage,
  openMetrics: openMetricsPage,
  protobuf: protobufPage,
};
