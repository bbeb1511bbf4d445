// The versions of QUIC whose Initial packets can be decrypted, and how they differ: salt and labels
// of the keys, numbers of the packet types, kind of frames and of handshake.

/** Long header packet types as RFC 9000 section 17.2 numbers them. */
export const INITIAL = 0;
export const ZERO_RTT = 1;
export const HANDSHAKE = 2;
export const RETRY = 3;

export interface QuicVersion {
  readonly number: number;
  /** "1", "2", "draft-29", "mvfst-27", "Q050". */
  readonly name: string;
  readonly salt: Uint8Array;
  /** Before "key", "iv" and "hp" in the labels of the keys. */
  readonly labelPrefix: string;
  /** Added to a packet type's number (RFC 9369 section 3.2). */
  readonly typeShift: number;
  /** Whether it has Google's frames. */
  readonly googleFrames: boolean;
  /** Whether it has Google's own handshake (CHLO) instead of TLS. */
  readonly googleHandshake: boolean;
}

const salt = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));

/** RFC 9001 section 5.2. */
const SALT_1 = salt("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
/** RFC 9369 section 3.3.1. */
const SALT_2 = salt("0dede3def700a6db819381be6e269dcbf9bd2ed9");
/** draft-ietf-quic-v2-00 to -07. */
const SALT_2_DRAFT = salt("a707c203a59b47184a1d62ca570406ea7ae3e5d3");
/** draft-ietf-quic-tls: a salt serves several drafts, from the one that it is named after. */
const SALT_DRAFT_29 = salt("afbfec289993d24c9e9786f19c6111e04390a899");
const SALT_DRAFT_23 = salt("c3eef712c72ebb5a11a7d2432bb46365bef9f502");
const SALT_DRAFT_21 = salt("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a");
/** Of Chromium's Q050 (Google's handshake), T050 and T051 (TLS in Google's frames). */
const SALT_Q050 = salt("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45");
const SALT_T050 = salt("7ff579e5acd072915580304c43a2367c60488310");
const SALT_T051 = salt("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d");

/** RFC 9001 section 5.1. */
export const LABEL_PREFIX_1 = "quic ";

const LIKE_1 = {
  labelPrefix: LABEL_PREFIX_1,
  typeShift: 0,
  googleFrames: false,
  googleHandshake: false,
};
const LIKE_2 = { ...LIKE_1, labelPrefix: "quicv2 ", typeShift: 1 };
const GOOGLE_TLS = { ...LIKE_1, googleFrames: true };
const GOOGLE = { ...GOOGLE_TLS, googleHandshake: true };

/** The first draft whose header has connection ids like those of RFC 9000. */
const FIRST_DRAFT = 22;
const LAST_DRAFT = 34;

function draftSalt(draft: number): Uint8Array {
  if (draft >= 33) return SALT_1;
  if (draft >= 29) return SALT_DRAFT_29;
  return draft >= 23 ? SALT_DRAFT_23 : SALT_DRAFT_21;
}

/** Facebook's mvfst has numbers of its own for drafts and version 1. */
const MVFST_SALTS: readonly (readonly [number, Uint8Array])[] = [
  [0xfaceb001, SALT_DRAFT_21],
  [0xfaceb002, SALT_DRAFT_23],
  [0xfaceb003, SALT_1],
  [0xfaceb004, SALT_1],
  [0xfaceb00d, SALT_DRAFT_23],
  [0xfaceb00e, SALT_DRAFT_23],
  [0xfaceb010, SALT_DRAFT_23],
  [0xfaceb011, SALT_DRAFT_23],
  [0xfaceb013, SALT_DRAFT_23],
  [0xfaceb014, SALT_DRAFT_23],
  [0xfaceb015, SALT_DRAFT_23],
];

/** Names that other tools use for some of them. */
const MVFST_NAMES: Readonly<Record<number, string>> = {
  0xfaceb001: "mvfst-22",
  0xfaceb002: "mvfst-27",
  0xfaceb00e: "mvfst-exp",
};

function* allVersions(): Generator<QuicVersion> {
  yield { number: 0x00000001, name: "1", salt: SALT_1, ...LIKE_1 };
  yield { number: 0x6b3343cf, name: "2", salt: SALT_2, ...LIKE_2 };
  yield { number: 0x709a50c4, name: "2", salt: SALT_2_DRAFT, ...LIKE_2 };
  yield { number: 0xff020000, name: "2", salt: SALT_2_DRAFT, ...LIKE_2, typeShift: 0 };
  for (let draft = FIRST_DRAFT; draft <= LAST_DRAFT; draft++) {
    yield { number: 0xff000000 + draft, name: `draft-${draft}`, salt: draftSalt(draft), ...LIKE_1 };
  }
  for (const [number, salt] of MVFST_SALTS) {
    const name = MVFST_NAMES[number] ?? `mvfst-${(number & 0xff).toString(16)}`;
    yield { number, name, salt, ...LIKE_1 };
  }
  yield { number: 0x51303530, name: "Q050", salt: SALT_Q050, ...GOOGLE };
  yield { number: 0x54303530, name: "T050", salt: SALT_T050, ...GOOGLE_TLS };
  yield { number: 0x54303531, name: "T051", salt: SALT_T051, ...GOOGLE_TLS };
}

const versions = new Map([...allVersions()].map((version) => [version.number, version]));

/** Null for a version whose packets cannot be read. */
export const quicVersion = (number: number): QuicVersion | null => versions.get(number) ?? null;

/** Whether it is 0x?a?a?a?a: no version, but sent to test version negotiation. RFC 9000 section 15. */
export const isReservedVersion = (number: number): boolean => (number & 0x0f0f0f0f) === 0x0a0a0a0a;
