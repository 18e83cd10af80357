// Says what is wrong with a token, whoever judges it: the rules of internal/inspector/lint.go, in their order.
import { member, partOf, text } from "./inspect-decode.js";
import { fold } from "./inspect-json.js";
import { ALGORITHMS, madeWith } from "./inspect-verify.js";

/** @typedef {import("./inspect-decode.js").Token} Token */
/** @typedef {import("./inspect-decode.js").Part} Part */
/** @typedef {{id: string, what: string}} Finding what is the member, the part or the figure that it is about, or "" */

const COOKIE_LIMIT = 4096;
const HEADER_LIMIT = 8192;
const MILLISECONDS = 1e11;
const LONG_LIFE = 24 * 3600;
const TIMES = ["auth_time", "iat", "nbf", "exp"];

const ODD_KEY_ID = /[\\'"`;|<>\x00-\x1f]|\.\.\/|^\/|--/;
const SECRET_NAME =
  /^(?:.*[_-])?(?:password|passwd|pwd|passphrase|secret|api_?key|private_?key|refresh_?token|credit_?card|card_?number|cvv|pin)$/i;
const SECRET_TEXT = /^(?:-----BEGIN |lpr_|AKIA[0-9A-Z]{12}|sk_live_|ghp_|\$2[aby]\$|\$argon2)/;
const PERSON_NAME = /^(?:email|phone|phone_number|birthdate|birthday|address|given_name|family_name|ssn|national_id|passport)$/;
const MAIL_TEXT = /^[^@\s/:]+@[^@\s/:]+\.[^@\s/:]+$/;

/** @type {[string, (t: Subject) => string[]][]} */
const CHECKS = [
  ["not_a_token", (t) => when(t.kind === "unknown", String(t.parts.length))],
  ["refresh_token", (t) => when(t.kind === "refresh")],
  ["encrypted", (t) => when(t.kind === "jwe")],
  ["encoding_loose", (t) => t.parts.filter((p) => p.loose).map((p) => p.name)],
  ["part_unreadable", (t) => (t.kind === "unknown" ? [] : t.parts.filter(unreadable).map((p) => p.name))],
  ["duplicate_name", (t) => repeated(t, (a, b) => a === b)],
  ["name_case", (t) => repeated(t, (a, b) => a !== b && fold(a) === fold(b))],
  ["alg_none", (t) => when(isNone(t.alg), t.alg)],
  ["alg_unknown", (t) => when(t.kind === "jws" && t.header.object && !isNone(t.alg) && !ALGORITHMS.includes(t.alg), t.alg)],
  ["signature_missing", (t) => when(t.kind === "jws" && partOf(t, "signature").sent === "" && !isNone(t.alg))],
  ["weak_secret", (t) => when(t.knownSecret !== null, t.knownSecret ?? "")],
  ["key_in_header", (t) => present(t.header, "jwk", "jku", "x5u", "x5c")],
  ["kid_odd", oddKeyID],
  ["crit", (t) => present(t.header, "crit")],
  ["b64", (t) => present(t.header, "b64")],
  ["zip", (t) => present(t.header, "zip")],
  ["typ_missing", (t) => when(t.kind === "jws" && t.header.object && !member(t.header, "typ"))],
  ["typ_wrong", (t) => when(t.isAccess && !t.isIDToken && !!member(t.header, "typ") && t.typ !== "at+jwt", t.typ)],
  ["id_token", (t) => when(t.isIDToken)],
  ["iss_missing", (t) => absent(t, "iss")],
  ["aud_missing", (t) => absent(t, "aud")],
  ["exp_missing", (t) => absent(t, "exp")],
  ["time_milliseconds", (t) => times(t, (n) => n !== null && n > MILLISECONDS)],
  ["time_odd", (t) => times(t, (n) => n === null || n <= 0)],
  ["lifetime_long", longLife],
  ["secret_in_payload", (t) => claims(t, (name, value) => SECRET_NAME.test(name) || SECRET_TEXT.test(value))],
  ["personal_data", (t) => (t.isIDToken ? [] : claims(t, (name, value) => PERSON_NAME.test(name) || MAIL_TEXT.test(value)))],
  ["size_header", (t) => when(t.token.length > HEADER_LIMIT, String(t.token.length))],
  ["size_cookie", (t) => when(t.token.length > COOKIE_LIMIT && t.token.length <= HEADER_LIMIT, String(t.token.length))],
];

/** @typedef {ReturnType<typeof subject>} Subject */

/**
 * @param {Token} token
 * @param {string[]} secrets well-known ones, to be tried
 * @returns {Promise<Finding[]>}
 */
export async function lint(token, secrets) {
  const t = subject(token, await knownSecret(token, secrets));
  return CHECKS.flatMap(([id, check]) => check(t).map((what) => ({ id, what })));
}

/** @param {Token} token @param {string | null} known */
function subject(token, known) {
  const header = partOf(token, "header");
  const payload = partOf(token, "payload");
  const typ = typeOf(header);
  const signed = token.kind === "jws";
  return {
    ...token,
    header,
    payload,
    typ,
    alg: text(header, "alg"),
    knownSecret: known,
    isAccess: signed && present(payload, "client_id", "scope", "scp").length > 0,
    isIDToken: signed && typ !== "at+jwt" && typ !== "dpop+jwt" && present(payload, "nonce", "at_hash", "c_hash").length > 0,
  };
}

/** The type in the form in which types are compared. @param {Part} header */
export function typeOf(header) {
  return text(header, "typ")
    .toLowerCase()
    .replace(/^application\//, "");
}

/** @param {Token} token @param {string[]} secrets */
async function knownSecret(token, secrets) {
  if (token.kind !== "jws") return null;
  for (const secret of secrets) if (await madeWith(token, new TextEncoder().encode(secret))) return secret;
  return null;
}

/** @param {boolean} found @param {string} [what] */
const when = (found, what = "") => (found ? [what] : []);

/** @param {string} alg */
const isNone = (alg) => alg.trim().toLowerCase() === "none";

/** @param {Part} part @param {string[]} names */
const present = (part, ...names) => names.filter((name) => member(part, name));

/** @param {Subject} t @param {string} name */
const absent = (t, name) => when(t.kind === "jws" && t.payload.object && t.typ !== "dpop+jwt" && !member(t.payload, name));

/** @param {Part} p */
const unreadable = (p) => p.bytes === null || ((p.name === "header" || p.name === "payload") && !p.object);

/** @param {Subject} t @param {(a: string, b: string) => boolean} same */
function repeated(t, same) {
  return t.parts.flatMap((p) =>
    p.members.filter((m, i) => p.members.slice(0, i).some((before) => same(before.name, m.name))).map((m) => m.name),
  );
}

/** @param {Subject} t */
function oddKeyID(t) {
  const kid = text(t.header, "kid");
  return when(!!member(t.header, "kid") && (kid === "" || new TextEncoder().encode(kid).length > 256 || ODD_KEY_ID.test(kid)));
}

/** @param {Part} part @param {string} name @returns {number | null} */
function number(part, name) {
  const value = member(part, name)?.value;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** @param {Subject} t @param {(n: number | null) => boolean} test */
const times = (t, test) => TIMES.filter((name) => member(t.payload, name) && test(number(t.payload, name)));

/** @param {Subject} t */
function longLife(t) {
  const from = number(t.payload, "iat");
  const until = number(t.payload, "exp");
  if (from === null || until === null || until > MILLISECONDS || until - from <= LONG_LIFE) return [];
  return [String(Math.trunc((until - from) / 3600))];
}

/** @param {Subject} t @param {(name: string, value: string) => boolean} test */
const claims = (t, test) =>
  t.payload.members.filter((m) => test(m.name, typeof m.value === "string" ? m.value : "")).map((m) => m.name);
