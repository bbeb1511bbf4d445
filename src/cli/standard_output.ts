// Standard output: a terminal, a file, a pipe, or nothing at all; or what was it before a screen got it.

import { wasOutputClosed } from "../../ffi/closed_output.ts";
import { RawFile } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";

/** For results. */
export interface ResultStream {
  /** Throws Deno.errors.BrokenPipe if the reader has closed it, else UserError. */
  write(data: string | Uint8Array): Promise<void>;
  /** Its width if it is a terminal, else null. */
  width(): number | null;
  /** Whether nothing can be written to it, from the start. */
  isClosed(): boolean;
}

const encoder = new TextEncoder();

/** Results that are written to a descriptor, as a screen has standard output. */
export class OutputAside implements ResultStream {
  readonly #file: RawFile;

  constructor(descriptor: number) {
    this.#file = RawFile.of(descriptor);
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = new Uint8Array(typeof data === "string" ? encoder.encode(data) : data);
    try {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    } catch (error) {
      throw new UserError(`Cannot write to standard output: ${systemReason(error)}`);
    }
  }

  width(): number | null {
    return null;
  }

  isClosed(): boolean {
    return false;
  }
}

export class StandardOutput implements ResultStream {
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    if (this.isClosed()) {
      throw new UserError("Standard output is closed: there is no place for results");
    }
    try {
      for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      throw new UserError(`Cannot write to standard output: ${systemReason(error)}`);
    }
  }

  width(): number | null {
    if (!Deno.stdout.isTerminal()) return null;
    try {
      return Deno.consoleSize().columns || 80;
    } catch {
      return 80;
    }
  }

  isClosed(): boolean {
    return wasOutputClosed();
  }
}
