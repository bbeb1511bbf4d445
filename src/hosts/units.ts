// Numbers as a person reads them. Three digits are honest: no more are ever known to matter.

/** Bytes in decimal units: "0 B", "999 B", "1.2 kB", "34 MB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  // 999.5 would be printed as 1000.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : short(value)} ${units[unit]}`;
}

/** Seconds as "850 µs", "12 ms", "1.2 s", "3 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 0.0009995) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${short(seconds * 1e3)} ms`;
  if (seconds < 99.95) return `${short(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** Seconds since 1970 as "2023-11-14 22:13:20Z"; a date that no calendar has stays a number. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return date.toISOString().replace("T", " ").replace(/\.\d+Z/, "Z");
}

/** One decimal below ten, none above. */
function short(value: number): string {
  return value < 9.95 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}
