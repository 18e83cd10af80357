// Judges a token as an API does: the rules of internal/token/judge.go, in their order, and the refusal that they give.
import { partOf, text } from "./inspect-decode.js";
import { typeOf } from "./inspect-lint.js";
import { ALGORITHMS } from "./inspect-verify.js";

/** @typedef {import("./inspect-decode.js").Token} Token */
/** @typedef {import("./inspect-verify.js").Verification} Verification */
/** @typedef {"passed" | "failed" | "skipped"} Outcome */
/** @typedef {{code: string, arg?: string | {seconds: number}, failed: string}} Refusal */
/** @typedef {{issuer: string, audience: string[], now: number, verification: Verification}} Rules now in milliseconds */

const RULES = ["parts", "key", "signature", "claims", "type", "issuer", "audience", "profile", "time", "session"];
const MAX_TOKEN = 16 << 10;
const SKEW = 30;
const DAY = 24 * 3600;
const LAST_TIME = 253402300799;

/**
 * @param {Token} token @param {Rules} rules
 * @returns {{code: string, arg?: string | {seconds: number}, assumed: boolean, steps: {rule: string, outcome: Outcome}[]}}
 */
export function judge(token, rules) {
  const refusal = parts(token) ?? key(token, rules) ?? claims(token, rules);
  const assumed = rules.verification === "assumed" && !parts(token);
  /** @type {Outcome} */
  let outcome = "passed";
  const steps = RULES.map((rule) => {
    if (rule === refusal?.failed) {
      outcome = "skipped";
      return { rule, outcome: /** @type {Outcome} */ ("failed") };
    }
    const unseen = rule === "session" || (assumed && (rule === "key" || rule === "signature"));
    return { rule, outcome: unseen ? /** @type {Outcome} */ ("skipped") : outcome };
  });
  return { code: refusal?.code ?? "", arg: refusal?.arg, assumed, steps };
}

/** @param {Token} t @returns {Refusal | undefined} what jose.Parse refuses */
function parts(t) {
  const [header, payload, signature] = t.parts;
  const malformed = { code: "token_malformed", arg: countOf(t), failed: "parts" };
  if (t.token.length > MAX_TOKEN || t.kind !== "jws") return malformed;
  const altered = payload.stray || signature.stray ? { code: "token_signature", failed: "signature" } : undefined;
  const strings = ["alg", "kid", "typ", "cty"].every((name) => header.members.every((m) => m.name !== name || typeof m.value === "string"));
  const extended = header.members.some(({ name }) => ["crit", "b64", "zip", "enc"].includes(name));
  const alg = text(header, "alg");
  if (header.loose || !header.strict || !strings || extended || alg === "") return altered ?? malformed;
  if (!ALGORITHMS.includes(alg)) return { code: "token_algorithm", arg: "an algorithm", failed: "key" };
  if (altered) return altered;
  if ([payload, signature].some((p) => p.bytes === null || p.loose) || !signature.bytes?.length) return malformed;
}

/** @param {Token} t */
function countOf(t) {
  const n = t.token.split(".").length;
  return n === 3 ? "a part of it does not read" : n === 1 ? "it has one part, not 3" : `it has ${n} parts, not 3`;
}

/** @param {Token} t @param {Rules} rules @returns {Refusal | undefined} */
function key(t, rules) {
  const iss = text(partOf(t, "payload"), "iss");
  switch (rules.verification) {
    case "missing":
      if (readClaims(t) && iss !== rules.issuer) return { code: "token_issuer", arg: iss || "nobody", failed: "key" };
      return { code: "token_signature", failed: "key" };
    case "algorithm":
      return { code: "token_algorithm", arg: text(partOf(t, "header"), "alg"), failed: "key" };
    case "broken":
      return { code: "token_signature", failed: "signature" };
  }
}

/** @param {Token} t @param {Rules} rules @returns {Refusal | undefined} */
function claims(t, rules) {
  const c = readClaims(t);
  if (!c) return { code: "token_malformed", arg: "its claims do not read", failed: "claims" };
  const typ = typeOf(partOf(t, "header"));
  if (typ !== "at+jwt") return { code: "token_type", arg: TYPES[typ] ?? "a token of another type", failed: "type" };
  if (c.iss !== rules.issuer) return { code: "token_issuer", arg: c.iss || "nobody", failed: "issuer" };
  if (!c.aud.some((a) => rules.audience.includes(a))) return { code: "token_audience", arg: c.aud.join(" ") || "nobody", failed: "audience" };
  if (!c.sub || !c.jti || !c.client_id) return { code: "token_malformed", arg: "it lacks sub, jti or client_id", failed: "profile" };
  if (c.exp - c.iat > DAY) return { code: "token_malformed", arg: "it claims to live for more than a day", failed: "profile" };
  return time(c, rules.now / 1000);
}

/** @type {Record<string, string>} */
const TYPES = {
  "": "a token that does not say its type",
  jwt: "an ID token or another plain JWT",
  "logout+jwt": "a logout token",
  "dpop+jwt": "a DPoP proof",
};

/** @param {{exp: number, iat: number, nbf?: number}} c @param {number} now @returns {Refusal | undefined} */
function time(c, now) {
  for (const from of [c.nbf, c.iat]) {
    if (from !== undefined && from - now > SKEW) return { code: "token_not_yet_valid", arg: { seconds: from - now }, failed: "time" };
  }
  if (now >= c.exp) return { code: "token_expired", arg: { seconds: now - c.exp }, failed: "time" };
}

/** Reads the claims; null when one that is known has not its type, or one that must be there is not. @param {Token} t */
function readClaims(t) {
  const payload = partOf(t, "payload");
  if (!payload.strict || payload.loose) return null;
  /** @type {Record<string, any>} */
  const c = Object.fromEntries(payload.members.map((m) => [m.name, m.value]));
  const fits = Object.entries(c).every(([name, value]) => !Object.hasOwn(CLAIMS, name) || CLAIMS[name](value));
  if (!fits || !["iss", "aud", "exp", "iat"].every((name) => Object.hasOwn(c, name))) return null;
  return /** @type {{iss: string, aud: string[], exp: number, iat: number, nbf?: number, sub?: string, jti?: string, client_id?: string}} */ ({
    ...c,
    aud: typeof c.aud === "string" ? [c.aud] : c.aud,
  });
}

/** @param {unknown} v */
const isText = (v) => typeof v === "string";
/** @param {unknown} v */
const isTexts = (v) => Array.isArray(v) && v.every(isText);
/** @param {unknown} v */
const isTime = (v) => typeof v === "number" && v >= 1 && v <= LAST_TIME;

/** @type {Record<string, (v: any) => boolean>} */
const CLAIMS = {
  iss: isText,
  aud: (v) => isText(v) || (isTexts(v) && v.length > 0),
  exp: isTime,
  iat: isTime,
  nbf: isTime,
  auth_time: isTime,
  sub: isText,
  jti: isText,
  client_id: isText,
  sid: isText,
  acr: isText,
  amr: isTexts,
  roles: isTexts,
  scope: isText,
  cnf: (v) => typeof v === "object" && v !== null && !Array.isArray(v) && (v.jkt === undefined || isText(v.jkt)),
};
