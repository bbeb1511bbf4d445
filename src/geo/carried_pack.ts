// The packed places in an executable for Linux, between Deno's runtime and the program. A file of the
// program would be read into memory at each start, which takes 10 ms, and 6 MB more at the peak.
//
//   runtime | pack | its trailer | program | its trailer
//
// A trailer has a mark, and the size of what it follows: two 64-bit numbers, low bytes first.

const TRAILER = 16;
const PACK_MARK = 0x5745_4253_5054_4331n;
/** The magic number of the program, and the hash of its name: how libsui, which Deno uses, finds it. */
const PROGRAM_MARK = 0x2a7_0000_501en;

/** The pack in the executable `path`; null if it has none. Throws an Error if it cannot be read. */
export function readCarriedPack(path: string): Uint8Array<ArrayBuffer> | null {
  using file = Deno.openSync(path);
  const program = partBefore(file, file.statSync().size, PROGRAM_MARK);
  const pack = program && partBefore(file, program.at, PACK_MARK);
  return pack && readAt(file, pack.at, pack.size);
}

/** Puts `pack` into the executable `path`. Throws an Error if Deno has not compiled it for Linux. */
export function addCarriedPack(path: string, pack: Uint8Array<ArrayBuffer>): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const { size } = file.statSync();
  const program = partBefore(file, size, PROGRAM_MARK);
  if (program === null) throw new Error(`the layout of ${path} is not known`);
  const rest = readAt(file, program.at, size - program.at);
  file.seekSync(program.at, Deno.SeekMode.Start);
  writeAll(file, pack);
  writeAll(file, new Uint8Array(BigUint64Array.of(PACK_MARK, BigInt(pack.length)).buffer));
  writeAll(file, rest);
}

/** The part whose trailer ends at `end`; null if its mark is not `mark`. */
function partBefore(file: Deno.FsFile, end: number, mark: bigint) {
  if (end < TRAILER) return null;
  const [found, size] = new BigUint64Array(readAt(file, end - TRAILER, TRAILER).buffer);
  const at = end - TRAILER - Number(size);
  return found === mark && at >= 0 ? { at, size: Number(size) } : null;
}

function readAt(file: Deno.FsFile, at: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  file.seekSync(at, Deno.SeekMode.Start);
  for (let done = 0; done < size;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) throw new Error("the file ends too early");
    done += count;
  }
  return bytes;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array<ArrayBuffer>): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
