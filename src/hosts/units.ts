// Numbers rounded for people: up to three digits.

/** Bytes in decimal units: "0 B", "999 B", "1.2 kB", "34 MB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  // From 999.5 on it would be printed as 1000.
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

/** A part of 1 as "0%", "<0.1%", "0.4%", "37%", "100%". Only 0 is "0%", and only 1 is "100%". */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  if (percent > 99 && percent < 100) return `${Math.floor(percent * 10) / 10}%`;
  return `${short(percent)}%`;
}

/** Counts in at most six places: "99999", "123k", "1.2M". */
export function formatCount(count: number): string {
  if (count < 100_000) return String(Math.round(count));
  const units = ["", "k", "M", "G", "T"];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return short(value) + units[unit]!;
}

/**
 * How long ago something was: "now", "7 s", "20 s", "3 min", "5 h", "2 d". Between 10 and 60
 * seconds in tens, so that a list of ages does not change every second.
 */
export function formatAge(seconds: number): string {
  if (seconds < 1) return "now";
  if (seconds < 10) return `${Math.floor(seconds)} s`;
  if (seconds < 60) return `${Math.floor(seconds / 10) * 10} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Seconds since 1970 as "2023-11-14 22:13:20Z"; a date that no calendar has stays a number. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return date.toISOString().replace("T", " ").replace(/\.\d+Z/, "Z");
}

/** Seconds since 1970 as "22:13:20" (UTC), always eight characters. */
export function formatTimeOfDay(seconds: number): string {
  return formatTime(seconds).slice(11, 19).padEnd(8);
}

/** One decimal below ten, none above. */
function short(value: number): string {
  return value < 9.95 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}
