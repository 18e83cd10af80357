// Checks signatures with WebCrypto, as strictly as internal/jose: a key is for one algorithm. Nothing is fetched.
import { encode, fromBase64url, partOf, text, toBase64url } from "./inspect-decode.js";

/** @typedef {import("./inspect-decode.js").Token} Token */
/** @typedef {"assumed" | "missing" | "algorithm" | "broken" | "holds"} Verification */

/** @type {Record<string, RsaHashedImportParams | EcKeyImportParams | HmacImportParams | {name: string}>} */
const PARAMS = {};
for (const bits of [256, 384, 512]) {
  const hash = `SHA-${bits}`;
  PARAMS[`HS${bits}`] = { name: "HMAC", hash };
  PARAMS[`RS${bits}`] = { name: "RSASSA-PKCS1-v1_5", hash };
  PARAMS[`PS${bits}`] = { name: "RSA-PSS", hash, saltLength: bits / 8 };
  PARAMS[`ES${bits}`] = { name: "ECDSA", hash, namedCurve: bits === 512 ? "P-521" : `P-${bits}` };
}
PARAMS.EdDSA = { name: "Ed25519" };
PARAMS.Ed25519 = { name: "Ed25519" };

export const ALGORITHMS = Object.keys(PARAMS);

/** WebCrypto is there on https and on localhost only. */
export const canVerify = () => globalThis.crypto?.subtle !== undefined;

/** Says whether an HMAC secret of any length made the signature. @param {Token} token @param {Uint8Array<ArrayBuffer>} secret */
export async function madeWith(token, secret) {
  const alg = text(partOf(token, "header"), "alg");
  const signature = partOf(token, "signature").bytes;
  if (!alg.startsWith("HS") || !PARAMS[alg] || !signature?.length || !canVerify()) return false;
  return toBase64url(await mac(alg, secret, signedPart(token.token))) === toBase64url(signature);
}

/** @param {string} token */
const signedPart = (token) => new TextEncoder().encode(token.slice(0, token.lastIndexOf(".")));

/**
 * HMAC with a secret that may be empty: WebCrypto imports none, but a zero byte stands for it, since HMAC pads with zeros.
 * @param {string} alg @param {Uint8Array<ArrayBuffer>} secret @param {Uint8Array<ArrayBuffer>} data
 */
async function mac(alg, secret, data) {
  const key = await crypto.subtle.importKey("raw", secret.length ? secret : new Uint8Array(1), PARAMS[alg], false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
}

/**
 * @param {Token} token @param {string} secret
 * @returns {Promise<{signature: "holds" | "broken" | "no_key", verification: Verification}>} a judge takes no short secret
 */
export async function verifySecret(token, secret) {
  const alg = text(partOf(token, "header"), "alg");
  if (!alg.startsWith("HS") || !PARAMS[alg]) return { signature: "no_key", verification: "missing" };
  const bytes = new TextEncoder().encode(secret);
  const holds = await madeWith(token, bytes);
  const short = bytes.length < Number(alg.slice(2)) / 8;
  return { signature: holds ? "holds" : "broken", verification: short ? "missing" : holds ? "holds" : "broken" };
}

/**
 * Checks with the keys of a JWK Set, found by kid. A lone key without a kid serves every token.
 * @param {Token} token @param {JsonWebKey[]} keys
 * @returns {Promise<Verification>}
 */
export async function verifyKeys(token, keys) {
  const header = partOf(token, "header");
  const alg = text(header, "alg");
  const kid = text(header, "kid");
  const named = keys.find((k) => /** @type {{kid?: string}} */ (k).kid === kid && kid !== "");
  const key = named ?? (keys.length === 1 && !("kid" in keys[0]) ? keys[0] : undefined);
  if (!key) return "missing";
  if (!PARAMS[alg] || alg.startsWith("HS") || algorithmOf(key, alg) !== alg) return "algorithm";
  const imported = await crypto.subtle.importKey("jwk", publicHalf(key), PARAMS[alg], false, ["verify"]);
  return verify(token, alg, imported);
}

/** @param {Token} token @param {string} pem a public key (PKIX) */
export async function verifyPEM(token, pem) {
  const alg = text(partOf(token, "header"), "alg");
  const body = /-----BEGIN PUBLIC KEY-----([\s\S]*?)-----END/.exec(pem)?.[1].replace(/\s/g, "");
  const der = fromBase64url((body ?? "").replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
  if (!der?.length) throw new Error("not a public key");
  if (!PARAMS[alg] || alg.startsWith("HS")) return "algorithm";
  return verify(token, alg, await crypto.subtle.importKey("spki", der, PARAMS[alg], false, ["verify"]));
}

/** @param {Token} token @param {string} alg @param {CryptoKey} key @returns {Promise<Verification>} */
async function verify(token, alg, key) {
  const signature = partOf(token, "signature");
  if (!signature.bytes || signature.loose) return "broken";
  return (await crypto.subtle.verify(PARAMS[alg], key, signature.bytes, signedPart(token.token))) ? "holds" : "broken";
}

/** The one algorithm of a key: its own word, else the usual one of its type. @param {JsonWebKey} key @param {string} alg */
function algorithmOf(key, alg) {
  if (key.alg) return key.alg;
  if (key.kty === "OKP") return "EdDSA";
  if (key.kty === "EC") return { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" }[key.crv ?? ""] ?? "";
  return key.kty === "RSA" && /^[RP]S/.test(alg) ? alg : "";
}

/** What WebCrypto needs of a key, and nothing secret. @param {JsonWebKey} key */
function publicHalf({ kty, crv, x, y, n, e }) {
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, v]) => v !== undefined));
}

/** Signs header and payload anew. @param {string} header JSON @param {string} payload JSON @param {string} secret */
export async function sign(header, payload, secret) {
  const alg = JSON.parse(header).alg;
  if (typeof alg !== "string" || !alg.startsWith("HS") || !PARAMS[alg]) throw new Error("a secret signs HS256, HS384 and HS512");
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${toBase64url(await mac(alg, new TextEncoder().encode(secret), new TextEncoder().encode(signed)))}`;
}
