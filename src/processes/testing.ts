// deno-lint-ignore-file camelcase -- the kernel names the fields of events
// For tests: pages of the kernel's trace buffer, and programs.

import type { Program } from "./program.ts";
import { TRACEPOINTS } from "./trace_events.ts";

export interface SampleEvent {
  /** Nanoseconds since the event before. */
  readonly delta: number;
  readonly data: readonly number[];
}

/** A page that begins at `time` (nanoseconds). The length of `data` is a multiple of 4. */
export function pageOf(time: number, events: readonly SampleEvent[]): Uint8Array<ArrayBuffer> {
  const bytes = events.flatMap(({ delta, data }) => [
    ...(delta < 2 ** 27 ? [] : [...u32(30 | low(delta) << 5), ...u32(Math.floor(delta / 2 ** 27))]),
    ...head(delta < 2 ** 27 ? delta : 0, data.length),
    ...data,
  ]);
  return Uint8Array.from([...u64(time), ...u64(bytes.length), ...bytes]);
}

const low = (delta: number): number => delta % 2 ** 27;

/** Short events have their length in the head. */
function head(delta: number, length: number): number[] {
  if (length <= 112) return u32(length / 4 | delta << 5);
  return [...u32(delta << 5), ...u32(length + 4)];
}

const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => value >>> shift & 0xff);

const u64 = (value: number): number[] => [...u32(value % 2 ** 32), ...u32(value / 2 ** 32)];

type Values = Readonly<Record<string, number | string | readonly number[]>>;

/** Bytes of every field, but for those that are texts or lists of bytes. */
const WIDTHS: Readonly<Record<string, number>> = {
  common_flags: 1,
  skaddr: 8,
  clone_flags: 8,
  sport: 2,
  dport: 2,
  family: 2,
};
const SPACE = 20;
const TEXTS = 240;

/** The format of an event as the kernel shows it: each field has SPACE bytes here. */
export function formatOf(name: keyof typeof TRACEPOINTS, id: number): string {
  const fields = TRACEPOINTS[name].fields.map((field, i) =>
    `\tfield:int ${field};\toffset:${4 + SPACE * i};\tsize:4;\tsigned:1;`
  );
  return `name: ${name}\nID: ${id}\nformat:\n${fields.join("\n")}\n\nprint fmt: ""\n`;
}

/** The bytes of an event in that format. A text is kept behind the fields. */
export function eventOf(name: keyof typeof TRACEPOINTS, id: number, values: Values): number[] {
  const bytes = new Uint8Array(TEXTS + 40);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id, true);
  TRACEPOINTS[name].fields.forEach((field, i) => {
    const at = 4 + SPACE * i;
    const value = values[field] ?? 0;
    if (typeof value === "string") {
      bytes.set(new TextEncoder().encode(value), TEXTS);
      view.setUint32(at, (value.length + 1) << 16 | TEXTS, true);
    } else if (typeof value !== "number") bytes.set(value, at);
    else if (WIDTHS[field] === 1) view.setUint8(at, value);
    else if (WIDTHS[field] === 2) view.setUint16(at, value, true);
    else if (WIDTHS[field] === 8) view.setBigUint64(at, BigInt(value), true);
    else view.setUint32(at, value, true);
  });
  return [...bytes];
}

export const program = (name: string, pid = 1, unit = ""): Program => ({
  ...{ pid, name, unit, commandLine: null, container: null },
});
