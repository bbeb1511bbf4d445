// Files by libc. Deno opens what lies in /proc, /sys and /dev only with all permissions, which a
// compiled binary does not have (scripts/compile): those files are read here.

import { fromCString, readCString, toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";

/** <fcntl.h>, of Linux and of macOS. */
const FLAGS = Deno.build.os === "darwin"
  ? { write: 1, append: 0x8, create: 0x200, noFollow: 0x100, nonBlocking: 0x4, close: 0x1000000 }
  : {
    write: 1,
    append: 0x400,
    create: 0x40,
    noFollow: Deno.build.arch === "aarch64" ? 0x8000 : 0x20000,
    nonBlocking: 0x800,
    close: 0x80000,
  };

/** How to open a file; for reading if neither `write` nor `append` is given. */
export interface OpenFlags {
  readonly write?: boolean;
  readonly append?: boolean;
  /** Makes the file, with mode 0600, if it is not there. */
  readonly create?: boolean;
  /** Fails if the path is a symbolic link. */
  readonly noFollow?: boolean;
  /** Does not wait for the other end of a FIFO. */
  readonly nonBlocking?: boolean;
}

/** What libc said; the message is the system's words alone: "no such file or directory". */
export class SystemError extends Error {
  override name = "SystemError";
  readonly errno: number;

  constructor(errno: number) {
    const words = readCString(libc().strerror(errno));
    super(words.charAt(0).toLowerCase() + words.slice(1));
    this.errno = errno;
  }
}

/** A descriptor of this process. After `close`, nothing else may be called. */
export class RawFile {
  readonly descriptor: number;

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Throws SystemError. */
  static open(path: string, flags: OpenFlags = {}): RawFile {
    let bits = FLAGS.close | (flags.write || flags.append ? FLAGS.write : 0);
    for (const name of ["append", "create", "noFollow", "nonBlocking"] as const) {
      if (flags[name]) bits |= FLAGS[name];
    }
    return new RawFile(checked(libc().open(toCString(path), bits, 0o600)));
  }

  /** Reads up to the length of `into`: how many bytes, or null at the end. Throws SystemError. */
  readSync(into: Uint8Array<ArrayBuffer>): number | null {
    return checked(Number(libc().read(this.descriptor, into, BigInt(into.length)))) || null;
  }

  /** The same in another thread, as a pipe may keep it waiting. */
  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const count = Number(await libc().read_waiting(this.descriptor, into, BigInt(into.length)));
    // Its errno is that thread's.
    return count < 0 ? this.readSync(into) : count || null;
  }

  /** Writes some of `bytes`: how many. Throws SystemError. */
  writeSync(bytes: Uint8Array<ArrayBuffer>): number {
    return checked(Number(libc().write(this.descriptor, bytes, BigInt(bytes.length))));
  }

  /** The same in another thread. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const size = BigInt(bytes.length);
    const count = Number(await libc().write_waiting(this.descriptor, bytes, size));
    return count < 0 ? this.writeSync(bytes) : count;
  }

  close(): void {
    libc().close(this.descriptor);
  }
}

function checked(result: number): number {
  if (result >= 0) return result;
  const errno = libc().errno();
  throw new SystemError(errno === null ? 0 : new Deno.UnsafePointerView(errno).getInt32());
}

/** Whether Deno itself may not open the file. */
export function isSpecial(path: string): boolean {
  return /^\/(?:dev|proc|sys)\//.test(path);
}

/** No file of /proc that webstat reads is longer. */
const MOST_BYTES = 1 << 20;
const CHUNK = new Uint8Array(1 << 16);

/** A file of /proc or /sys, up to 1 MiB of it; null if it is not there, or may not be read. */
export function readSystemFile(path: string): string | null {
  return withFile(path, (file) => {
    const decoder = new TextDecoder();
    let text = "";
    for (let count; (count = file.readSync(CHUNK)) !== null && text.length < MOST_BYTES;) {
      text += decoder.decode(CHUNK.subarray(0, count), { stream: true });
    }
    return text;
  });
}

/** struct linux_dirent64 { u64 inode; s64 offset; u16 size; u8 type; char name[]; } */
const ENTRY = { size: 16, name: 19 } as const;

/** The names in a folder of /proc or /sys; null if it is not there, or may not be read. Linux only. */
export function listSystemFolder(path: string): string[] | null {
  return withFile(path, ({ descriptor }) => {
    const names: string[] = [];
    const view = new DataView(CHUNK.buffer);
    for (;;) {
      const end = systemCall("getdents64", descriptor, addressOf(CHUNK), CHUNK.length);
      if (end < 0) return null;
      if (end === 0) return names.filter((name) => name !== "." && name !== "..");
      for (let at = 0; at < end; at += view.getUint16(at + ENTRY.size, true)) {
        names.push(fromCString(CHUNK.subarray(at + ENTRY.name, end)));
      }
    }
  });
}

function withFile<T>(path: string, use: (file: RawFile) => T): T | null {
  try {
    const file = RawFile.open(path);
    try {
      return use(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
