// A TCP connection as a stream of bytes.

import { receive, transmit } from "../../ffi/sockets.ts";
import type { ByteStream } from "./connections.ts";
import { SocketStream } from "./socket_stream.ts";

export class TcpStream extends SocketStream implements ByteStream {
  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const count = await this.repeat(() => orWait(receive(this.descriptor, into), "readable"));
    return count || null;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.repeat(() => orWait(transmit(this.descriptor, bytes), "writable"));
  }
}

function orWait<Event>(count: number, event: Event): number | Event {
  return count >= 0 ? count : event;
}
