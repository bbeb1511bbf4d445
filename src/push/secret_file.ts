// A file with a password, a token or a certificate. It is read again when it is needed, as tokens are
// replaced while webstat runs; if it cannot be read any more, what it had before goes on being used.

export class SecretFile {
  readonly #path: string;
  #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /** Throws what the system says. */
  static open(path: string): SecretFile {
    return new SecretFile(path, Deno.readTextFileSync(path));
  }

  /** Without blanks and line ends around it. */
  get text(): string {
    try {
      const text = Deno.readTextFileSync(this.#path);
      // It may be empty while it is being written.
      if (text.trim() !== "") this.#text = text;
    } catch {
      // Root read it, and the user that root became may not.
    }
    return this.#text.trim();
  }
}
