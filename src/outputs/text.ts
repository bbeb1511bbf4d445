export { printable, quote, safeJson } from "../text.ts";
