// Content negotiation (RFC 9110 section 12.5): which format a client wants, and whether it takes gzip.

/** A format that can be answered with. */
export interface Offer {
  /** "text/plain", in lower case. */
  readonly mediaType: string;
  /** A client that names one of these with another value does not want this format. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** An element of a list of what a client takes. */
interface Preference {
  /** In lower case. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; what has 0 is not taken. */
  readonly quality: number;
}

/**
 * The offer that a client prefers, by the value of its field `Accept`. The first offer if it takes none:
 * that is more useful than an error. Of equal ones it is the one that the client names most exactly, then
 * the one that it names first.
 */
export function preferredOffer<Name extends string>(
  accept: string,
  offers: Readonly<Record<Name, Offer>>,
): Name {
  const preferences = preferencesOf(accept);
  const names = Object.keys(offers) as Name[];
  let best = { name: names[0]!, quality: 0, exactness: 0, place: 0 };
  for (const name of names) {
    const match = matchOf(offers[name], preferences);
    const isBetter = match.quality - best.quality || match.exactness - best.exactness ||
      best.place - match.place;
    if (isBetter > 0) best = { name, ...match };
  }
  return best.name;
}

/** What the client says of an offer: where it names it most exactly. */
function matchOf(offer: Offer, preferences: readonly Preference[]) {
  let match = { quality: 0, exactness: -1, place: 0 };
  for (const [place, preference] of preferences.entries()) {
    const exactness = exactnessOf(offer, preference);
    if (exactness > match.exactness) match = { quality: preference.quality, exactness, place };
  }
  return match;
}

/** 0 for any type, 1 for any of a kind ("text/*"), 2 for the type, more with parameters; -1 if it is not meant. */
function exactnessOf(offer: Offer, { name, parameters }: Preference): number {
  if (name === "*/*") return 0;
  if (name === offer.mediaType.replace(/\/.*/, "/*")) return 1;
  if (name !== offer.mediaType) return -1;
  let exactness = 2;
  for (const [parameter, value] of Object.entries(offer.parameters)) {
    const wanted = parameters.get(parameter);
    if (wanted === undefined) continue;
    if (wanted !== value) return -1;
    exactness++;
  }
  return exactness;
}

/** Whether a client takes gzip, by the value of its field `Accept-Encoding`. */
export function acceptsGzip(acceptEncoding: string): boolean {
  const codings = preferencesOf(acceptEncoding);
  const coding = codings.find(({ name }) => name === "gzip") ??
    codings.find(({ name }) => name === "*");
  return coding !== undefined && coding.quality > 0;
}

function preferencesOf(field: string): Preference[] {
  return field.split(",").map((element) => {
    const [name = "", ...rest] = element.split(";").map((part) => part.trim());
    const parameters = new Map(rest.map((part) => {
      const [key = "", value = ""] = part.split("=", 2);
      return [key.toLowerCase(), value.replace(/^"(.*)"$/, "$1")];
    }));
    return { name: name.toLowerCase(), parameters, quality: qualityOf(parameters.get("q")) };
  }).filter(({ name }) => name !== "");
}

/** Nothing is 1, and what is no number is not taken. */
const qualityOf = (text = "1"): number => Math.min(1, Math.max(0, Number(text) || 0));
