// A page that is kept up to date, as server-sent events (WHATWG HTML, section 9.2): what is in its <main>,
// whenever that has changed.

/** Milliseconds between two updates. */
const INTERVAL = 3000;
/** Milliseconds after which a stream ends. */
const MAX_TIME = 300_000;

const encoder = new TextEncoder();
/** A comment: only tells that webstat is there. */
const UNCHANGED = encoder.encode(":\n\n");

/** The browser is to open another stream: without it, the end would look like a failure. */
const END = encoder.encode("event: end\ndata:\n\n");

/** Updates until `over` is aborted, or `time`. `main` makes the HTML; if it rejects, the stream ends. */
export async function* pageUpdates(
  main: () => Promise<string>,
  over: AbortSignal,
  { interval = INTERVAL, time = MAX_TIME } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const end = performance.now() + time;
  let last = "";
  while (!over.aborted && performance.now() < end) {
    const text = await main();
    yield text === last ? UNCHANGED : encoder.encode(message(text));
    last = text;
    await pause(interval, over);
  }
  if (!over.aborted) yield END;
}

/** Each line of the text is a field of its own. */
const message = (text: string): string =>
  text.split(/\r\n?|\n/).map((line) => `data: ${line}\n`).join("") + "\n";

function pause(milliseconds: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      over.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    over.addEventListener("abort", done);
    if (over.aborted) done();
  });
}
