// The ciphers of a session: what its hellos have agreed on, with the secrets of a key log.

import type { Bytes } from "../../crypto/cipher.ts";
import type { KeyStore } from "../../keylog/key_store.ts";
import type { SessionSecrets } from "../../keylog/session_secrets.ts";
import { CLIENT, SERVER, type Side } from "../analyser.ts";
import { type CipherSuite, suitesOfSecret } from "./cipher_suites.ts";
import { versionName } from "./hello.ts";
import {
  type Choice,
  choiceOf,
  offersEarlyData,
  randomOf,
  TLS_1_2,
  TLS_1_3,
} from "./negotiation.ts";
import { cipherOfMaster, cipherOfSecret, nextSecret, type RecordCipher } from "./record_cipher.ts";
import { mayTry, triedInVain } from "./sequence_trials.ts";

/** Which keys records are of. */
export enum Epoch {
  PLAIN,
  /** TLS 1.3: what a client sends before the server has answered. */
  EARLY,
  /** TLS 1.3, up to Finished. */
  HANDSHAKE,
  APPLICATION,
}

/** With it, the traffic secret that it follows from; null in TLS 1.2. */
export interface SideCipher {
  readonly cipher: RecordCipher;
  readonly secret: Bytes | null;
}

export interface LaterCipher extends SideCipher {
  readonly epoch: Epoch;
}

const MIN_HELLO = 39;
/** What it takes to derive the keys of a session, in sequence numbers that are tried. */
const TRIES_OF_A_SESSION = 30;

const sideCipher = (suite: CipherSuite, secret: Bytes): SideCipher => ({
  cipher: cipherOfSecret(suite, secret),
  secret,
});

/** TLS 1.3, after a KeyUpdate. The suite is that of the cipher: its ServerHello may be lost. */
export const updated = ({ cipher: { suite }, secret }: SideCipher): SideCipher =>
  sideCipher(suite, nextSecret(suite, secret!));

export class SessionCiphers {
  readonly #keys: KeyStore;
  #clientRandom: Uint8Array | null = null;
  #choice: Choice | null = null;
  #secrets: SessionSecrets | null = null;
  /** Whether the client offers data before the server's answer. */
  offersEarly = false;

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  get isGreeted(): boolean {
    return this.#clientRandom !== null;
  }

  get isAnswered(): boolean {
    return this.#choice !== null;
  }

  /** Whether the ClientHello, which tells whose secrets are meant, was not captured. */
  get isNameless(): boolean {
    return this.#choice !== null && this.#clientRandom === null;
  }

  get is13(): boolean {
    return this.#choice?.version === TLS_1_3;
  }

  /** "1.3" also before the server has answered: only there, data may come so early. */
  get versionName(): string {
    return versionName(this.#choice?.version ?? TLS_1_3);
  }

  /** Takes a ClientHello, also one of a renegotiation, or after a HelloRetryRequest. False if it is none. */
  greet(bytes: Uint8Array, start: number, stop: number): boolean {
    if (stop - start < MIN_HELLO) return false;
    this.#clientRandom = randomOf(bytes, start);
    this.#secrets = null;
    this.offersEarly = offersEarlyData(bytes, start, stop);
    return true;
  }

  /** Takes a ServerHello. False if what it has chosen cannot be decrypted. */
  answer(bytes: Uint8Array, start: number, stop: number): boolean {
    if (stop - start < MIN_HELLO) return false;
    const choice = choiceOf(bytes, start, stop);
    if (choice === null) return true;
    this.#choice = choice;
    return choice.suite !== null && (choice.version === TLS_1_2 || choice.version === TLS_1_3);
  }

  #find(): SessionSecrets | null {
    if (this.#clientRandom !== null) this.#secrets ??= this.#keys.find(this.#clientRandom, 0);
    return this.#secrets;
  }

  /**
   * Finds which session a nameless one is, among those that no connection has: the one whose first cipher of the
   * server, which is returned, `opens` its first encrypted record. `time` is packet time.
   */
  identify(time: number, opens: (cipher: RecordCipher) => boolean): SideCipher | null {
    for (const random of this.#keys.unclaimed()) {
      if (!mayTry(time)) break;
      this.#clientRandom = random;
      this.#secrets = this.#keys.peek(random);
      const first = this.is13 ? this.handshake(SERVER) : this.changed(SERVER);
      if (first !== null && opens(first.cipher)) {
        this.#secrets = this.#keys.find(random, 0);
        return first;
      }
      triedInVain(TRIES_OF_A_SESSION);
    }
    this.#clientRandom = this.#secrets = null;
    return null;
  }

  get #suite() {
    return this.#choice!.suite!;
  }

  #of(secret: Bytes | null | undefined): SideCipher | null {
    return secret ? sideCipher(this.#suite, secret) : null;
  }

  /** TLS 1.3, up to Finished. All of these are null if their secret is not there. */
  handshake(side: Side): SideCipher | null {
    const secrets = this.#find();
    return this.#of(side === CLIENT ? secrets?.clientHandshake : secrets?.serverHandshake);
  }

  /** TLS 1.3, after Finished. */
  application(side: Side): SideCipher | null {
    const secrets = this.#find();
    return this.#of(side === CLIENT ? secrets?.clientTraffic : secrets?.serverTraffic);
  }

  /** Those that a side may have in TLS 1.3: several if the ServerHello, with the suite, was not captured. */
  possible(kind: "Handshake" | "Traffic", side: Side): readonly SideCipher[] {
    const secret = this.#find()?.[`${side === CLIENT ? "client" : "server"}${kind}`] ?? null;
    if (secret === null) return [];
    const suites = this.#choice === null ? suitesOfSecret(secret.length) : [this.#suite];
    return suites.map((suite) => sideCipher(suite, secret));
  }

  /** TLS 1.2, after ChangeCipherSpec. */
  changed(side: Side): SideCipher | null {
    const master = this.#find()?.master ?? null;
    if (master === null) return null;
    const { random, macLast } = this.#choice!;
    const randoms = { client: this.#clientRandom!, server: random };
    return { cipher: cipherOfMaster(this.#suite, master, randoms, side, macLast), secret: null };
  }

  /** Before the server's answer: the cipher is that of the session that is resumed, so there may be several. */
  early(): readonly SideCipher[] {
    const secret = this.#find()?.early ?? null;
    if (secret === null) return [];
    return suitesOfSecret(secret.length).map((suite) => sideCipher(suite, secret));
  }

  /** The keys that may come next on a side, if what changes to them was lost. `current`: those it has. */
  later(side: Side, epoch: Epoch, current: SideCipher | null): readonly LaterCipher[] {
    const of = (epoch: Epoch, ...found: readonly (SideCipher | null)[]): LaterCipher[] =>
      found.flatMap((each) => each === null ? [] : [{ ...each, epoch }]);
    if (this.isAnswered && !this.is13) {
      return epoch === Epoch.PLAIN ? of(Epoch.APPLICATION, this.changed(side)) : [];
    }
    if (epoch === Epoch.APPLICATION) return of(epoch, updated(current!));
    const ofHandshake = epoch === Epoch.HANDSHAKE ? [] : this.possible("Handshake", side);
    return [
      ...of(Epoch.HANDSHAKE, ...ofHandshake),
      ...of(Epoch.APPLICATION, ...this.possible("Traffic", side)),
    ];
  }

  /** The session has ended. */
  end(): void {
    if (this.#clientRandom !== null) this.#keys.ended(this.#clientRandom, 0);
    this.#secrets = null;
  }
}
