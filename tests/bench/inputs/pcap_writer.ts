// Writes capture files fast: packets are built in place in a large buffer.

const BUFFER_SIZE = 16 << 20;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MAX_PACKET = 262144;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;

/** One pcap file of Ethernet packets, time stamps in microseconds. */
export class PcapWriter implements Disposable {
  /** Where packets are built: `reserve` says at which offset. */
  readonly bytes = new Uint8Array(BUFFER_SIZE);
  readonly view = new DataView(this.bytes.buffer);
  packets = 0;
  /** Size of the file so far. */
  size = 0;
  readonly #file: Deno.FsFile;
  #end = 0;

  constructor(path: string) {
    this.#file = Deno.createSync(path);
    const { view } = this;
    view.setUint32(0, MAGIC_MICROSECONDS, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, MAX_PACKET, true);
    view.setUint32(20, LINKTYPE_ETHERNET, true);
    this.#end = this.size = FILE_HEADER;
  }

  /**
   * Begins a packet of `captured` bytes at `time` (microseconds since 1970) and returns the offset in
   * `bytes` where the caller puts them; they are whatever they were before.
   */
  reserve(time: number, captured: number, length = captured): number {
    if (this.#end + RECORD_HEADER + captured > BUFFER_SIZE) this.#flush();
    const { view } = this;
    const at = this.#end;
    const seconds = Math.floor(time / 1e6);
    view.setUint32(at, seconds, true);
    view.setUint32(at + 4, Math.round(time - seconds * 1e6), true);
    view.setUint32(at + 8, captured, true);
    view.setUint32(at + 12, length, true);
    this.#end = at + RECORD_HEADER + captured;
    this.size += RECORD_HEADER + captured;
    this.packets++;
    return at + RECORD_HEADER;
  }

  #flush(): void {
    let from = 0;
    while (from < this.#end) from += this.#file.writeSync(this.bytes.subarray(from, this.#end));
    this.#end = 0;
  }

  [Symbol.dispose](): void {
    this.#flush();
    this.#file.close();
  }
}
