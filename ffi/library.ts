// Opens shared libraries by one of several names, and converts C strings.

/** Why none of a library's names could be opened. */
export class LibraryError extends Error {
  override name = "LibraryError";
  /** Whether the library is there, but lacks a function. */
  readonly tooOld: boolean;

  constructor(message: string, tooOld: boolean) {
    super(message);
    this.tooOld = tooOld;
  }
}

/** Functions and addresses of a library, by the names that this code gives them. */
export type Symbols = Readonly<
  Record<string, Deno.ForeignFunction & { readonly isHot?: boolean } | Deno.ForeignStatic>
>;

/** A library that is open. */
export interface Library<S extends Symbols> {
  readonly symbols: Deno.DynamicLibrary<S>["symbols"];
  close(): void;
}

/**
 * Opens the first of `names` that can be loaded and has all of `symbols` but those that are optional, which
 * are null if they are missing. A function is bound when it is first used. `isHot` functions get machine
 * code for their calls: that takes 0.2 ms, then a call takes 0.2 us. Others take 0.005 ms, and 1.5 us a
 * call. Throws LibraryError if none can be loaded.
 */
export function openLibrary<S extends Symbols>(
  names: readonly string[],
  symbols: S,
): Library<S> {
  const addresses = Object.fromEntries(
    Object.entries(symbols).map((
      [key, { name = key, optional = false }],
    ) => [name, { type: "pointer", optional } as const]),
  );
  const reasons: string[] = [];
  for (const name of names) {
    try {
      return boundOnUse(name, symbols, Deno.dlopen(name, addresses));
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  const missing = reasons.find((reason) => reason.includes("symbol"));
  throw new LibraryError(missing ?? reasons.join("; "), missing !== undefined);
}

function boundOnUse<S extends Symbols>(
  name: string,
  symbols: S,
  library: Deno.DynamicLibrary<Record<string, Deno.ForeignStatic<"pointer">>>,
): Library<S> {
  const opened: { close(): void }[] = [library];
  const bind = (key: string) => {
    const symbol = symbols[key]!;
    const address = library.symbols[symbol.name ?? key] ?? null;
    if ("type" in symbol || address === null) return address;
    if (!symbol.isHot && !symbol.nonblocking) return callerOf(address, symbol);
    const bound = Deno.dlopen(name, { [key]: symbol });
    opened.push(bound);
    return bound.symbols[key];
  };
  const functions = {};
  for (const key of Object.keys(symbols)) {
    Object.defineProperty(functions, key, {
      configurable: true,
      get() {
        const value = bind(key);
        Object.defineProperty(functions, key, { value });
        return value;
      },
    });
  }
  return {
    symbols: functions as Library<S>["symbols"],
    close: () => opened.forEach((each) => each.close()),
  };
}

function callerOf(address: Deno.PointerObject, symbol: Deno.ForeignFunction) {
  const pointer = new Deno.UnsafeFnPointer(address as Deno.PointerObject<typeof symbol>, symbol);
  return (...args: Parameters<typeof pointer.call>) => pointer.call(...args);
}

/** `text` as a C string: UTF-8 with a NUL at its end. */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}

const decoder = new TextDecoder();

/** The string at the start of `bytes`, up to its NUL. */
export function fromCString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

const LONGEST_STRING = 4096;

/** The string that `pointer` points to; "" for NULL. Never throws: libpcap may cut a character in two. */
export function readCString(pointer: Deno.PointerValue): string {
  if (pointer === null) return "";
  const view = new Deno.UnsafePointerView(pointer);
  const bytes: number[] = [];
  while (bytes.length < LONGEST_STRING) {
    const byte = view.getUint8(bytes.length);
    if (byte === 0) break;
    bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
