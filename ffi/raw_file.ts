// Files by libc. Deno opens what lies in /proc, /sys and /dev only with all permissions, which a
// compiled binary does not have (scripts/compile): those files are read here.

import { fromCString, readCString, toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";

/** <fcntl.h>, of Linux and of macOS. */
const FLAGS = Deno.build.os === "darwin"
  ? {
    readAndWrite: 2,
    write: 1,
    append: 0x8,
    create: 0x200,
    exclusive: 0x800,
    noFollow: 0x100,
    folder: 0x100000,
    nonBlocking: 0x4,
    pathOnly: 0,
    close: 0x1000000,
  }
  : {
    readAndWrite: 2,
    write: 1,
    append: 0x400,
    create: 0x40,
    exclusive: 0x80,
    noFollow: Deno.build.arch === "aarch64" ? 0x8000 : 0x20000,
    folder: Deno.build.arch === "aarch64" ? 0x4000 : 0x10000,
    nonBlocking: 0x800,
    pathOnly: 0x200000,
    close: 0x80000,
  };

/** <fcntl.h>: names are in the current folder. */
const CURRENT_FOLDER = Deno.build.os === "darwin" ? -2 : -100;

type Flag = keyof typeof FLAGS;

const FLAG_NAMES = Object.keys(FLAGS) as Flag[];

/** How to open a file; only for reading unless it says otherwise. */
export interface OpenFlags {
  readonly write?: boolean;
  readonly readAndWrite?: boolean;
  readonly append?: boolean;
  /** Makes the file, with mode 0600, if it is not there. */
  readonly create?: boolean;
  /** Fails if it is there already. */
  readonly exclusive?: boolean;
  /** Fails if the path is a symbolic link. */
  readonly noFollow?: boolean;
  /** Fails if it is no folder. */
  readonly folder?: boolean;
  /** Does not wait for the other end of a FIFO. */
  readonly nonBlocking?: boolean;
  /** To name the file to the system only. */
  readonly pathOnly?: boolean;
}

/** What the system tells of a file. */
export interface FileStatus {
  /** Its owner. */
  readonly uid: number;
  /** False for a pipe, a device or a folder. */
  readonly isRegular: boolean;
  readonly size: number;
}

/** struct statx, as far as it is read, and how to ask for it by a descriptor. */
const STATUS = {
  ...{ uid: 20, mode: 28, size: 40, bytes: 256 },
  ...{ flags: 0x1000, mask: 0x7ff, typeBits: 0o170000, regular: 0o100000 },
} as const;

const EMPTY_PATH = toCString("");

/** LOCK_EX and LOCK_NB. */
const LOCK_FOR_ONE = 2 | 4;

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

  /** `within`: a folder that a relative path is in. Throws SystemError. */
  static open(path: string, flags: OpenFlags = {}, within: RawFile | null = null): RawFile {
    const set = { ...flags, close: true, write: flags.write || flags.append };
    const bits = FLAG_NAMES.reduce(
      (all, name) => all | (set[name as keyof typeof set] ? FLAGS[name] : 0),
      0,
    );
    const folder = within?.descriptor ?? CURRENT_FOLDER;
    return new RawFile(checked(libc().openat(folder, toCString(path), bits, 0o600)));
  }

  /** The same; null where `open` throws. */
  static tryOpen(path: string, flags: OpenFlags = {}): RawFile | null {
    try {
      return RawFile.open(path, flags);
    } catch (error) {
      if (error instanceof SystemError) return null;
      throw error;
    }
  }

  /** A descriptor that is open, and belongs to nobody else. */
  static of(descriptor: number): RawFile {
    return new RawFile(descriptor);
  }

  /** Reads up to the length of `into`: how many bytes, or null at the end. Throws SystemError. */
  readSync(into: Uint8Array<ArrayBuffer>): number | null {
    return checked(Number(libc().read(this.descriptor, into, BigInt(into.length)))) || null;
  }

  /** Reads what is there of a file that does not wait: how many bytes, 0 if there are none, or at an error. */
  readAvailable(into: Uint8Array<ArrayBuffer>): number {
    return Math.max(0, Number(libc().read(this.descriptor, into, BigInt(into.length))));
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

  /** Has all that was written reach the disk. Throws SystemError. */
  sync(): void {
    checked(libc().fsync(this.descriptor));
  }

  /** Cuts off all behind the first `size` bytes. Throws SystemError. */
  truncate(size: number): void {
    checked(libc().ftruncate(this.descriptor, BigInt(size)));
  }

  /** Goes to a position, in bytes from the beginning. Throws SystemError. */
  seek(position: number): void {
    checked(Number(libc().lseek(this.descriptor, BigInt(position), 0)));
  }

  /** Locks the file for this process, as long as it is open. Returns whether nobody else has. */
  lock(): boolean {
    return libc().flock(this.descriptor, LOCK_FOR_ONE) === 0;
  }

  /** Null if the system does not tell. Linux only. */
  status(): FileStatus | null {
    if (Deno.build.os !== "linux") return null;
    const status = new DataView(new ArrayBuffer(STATUS.bytes));
    const [path, into] = [addressOf(EMPTY_PATH), addressOf(new Uint8Array(status.buffer))];
    const { flags, mask } = STATUS;
    if (systemCall("statx", this.descriptor, path, flags, mask, into) !== 0) return null;
    return {
      uid: status.getUint32(STATUS.uid, true),
      isRegular: (status.getUint16(STATUS.mode, true) & STATUS.typeBits) === STATUS.regular,
      size: Number(status.getBigUint64(STATUS.size, true)),
    };
  }

  /** Gives the file to another user; root alone can. Throws SystemError. */
  giveTo(uid: number, gid: number): void {
    checked(libc().fchown(this.descriptor, uid, gid));
  }

  /** Sets the permission bits. Throws SystemError. */
  setMode(mode: number): void {
    checked(libc().fchmod(this.descriptor, mode));
  }

  /** Of a folder: gives the file `from` the name `to`, instead of one that is there. Throws SystemError. */
  rename(from: string, to: string): void {
    const { descriptor } = this;
    checked(libc().renameat(descriptor, toCString(from), descriptor, toCString(to)));
  }

  /** Of a folder: removes a file. Returns whether there was one. */
  remove(name: string): boolean {
    return libc().unlinkat(this.descriptor, toCString(name), 0) === 0;
  }

  close(): void {
    libc().close(this.descriptor);
  }
}

/** What a call of libc gave, if that is not below 0. Throws SystemError. */
export function checked(result: number): number {
  if (result >= 0) return result;
  const errno = libc().errno();
  throw new SystemError(errno === null ? 0 : new Deno.UnsafePointerView(errno).getInt32());
}

/** Whether Deno itself may not open the file. */
export function isSpecial(path: string): boolean {
  return /^\/(?:dev|proc|sys)\//.test(path);
}

/** Whether the file may give each byte only once: a FIFO, a device. False if it is not there. */
export function isPipe(path: string): boolean {
  if (isSpecial(path)) return true;
  try {
    return !Deno.statSync(path).isFile;
  } catch {
    return false;
  }
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
  const names: string[] = [];
  const isWhole = eachEntry(path, (name) => names.push(fromCString(name)));
  return isWhole ? names.filter((name) => name !== "." && name !== "..") : null;
}

/**
 * Calls `use` with the name of each entry, bytes up to the first 0, and the folder. Returns false if the
 * folder is not there, or may not be read. Linux only.
 */
function eachEntry(
  path: string,
  use: (name: Uint8Array<ArrayBuffer>, folder: RawFile) => void,
): boolean {
  const view = new DataView(CHUNK.buffer);
  return withFile(path, (folder) => {
    for (;;) {
      const end = systemCall("getdents64", folder.descriptor, addressOf(CHUNK), CHUNK.length);
      if (end <= 0) return end === 0;
      for (let at = 0; at < end; at += view.getUint16(at + ENTRY.size, true)) {
        use(CHUNK.subarray(at + ENTRY.name, end), folder);
      }
    }
  }) ?? false;
}

/** Links of descriptors: "socket:[12345]". */
const SOCKET = new TextEncoder().encode("socket:[");
const TARGET = new Uint8Array(32);
const ZERO = 0x30;

/** The inodes of the sockets among the descriptors of a process, as far as they may be seen. Linux only. */
export function socketsOf(pid: number): number[] {
  const inodes: number[] = [];
  // There may be very many descriptors: no text is made of any.
  eachEntry(`/proc/${pid}/fd`, (name, { descriptor }) => {
    const length = Number(libc().readlinkat(descriptor, name, TARGET, BigInt(TARGET.length)));
    if (length < SOCKET.length || !SOCKET.every((letter, i) => letter === TARGET[i])) return;
    let inode = 0;
    for (let i = SOCKET.length; i < length - 1; i++) inode = inode * 10 + TARGET[i]! - ZERO;
    inodes.push(inode);
  });
  return inodes;
}

/** Makes a folder in /sys; returns whether it is there now. Linux only. */
export function makeSystemFolder(path: string): boolean {
  systemCall("mkdirat", 0, addressOf(toCString(path)), 0o700);
  return hasFolder(path);
}

/** Whether there is such a folder, and it may be listed. */
export function hasFolder(path: string): boolean {
  return withFile(path, () => true, { folder: true }) === true;
}

const LONGEST_LINK = 4096n;

/** Where a symbolic link of /proc leads; null if it is not there, or may not be read. */
export function readSystemLink(path: string): string | null {
  const length = Number(libc().readlink(toCString(path), CHUNK, LONGEST_LINK));
  if (length < 0) return null;
  CHUNK[length] = 0;
  return fromCString(CHUNK.subarray(0, length + 1));
}

function withFile<T>(path: string, use: (file: RawFile) => T, flags: OpenFlags = {}): T | null {
  const file = RawFile.tryOpen(path, flags);
  try {
    return file && use(file);
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  } finally {
    file?.close();
  }
}
