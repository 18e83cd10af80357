// A key that binds tokens to this page (RFC 9449), and the proofs that it is held. The key cannot leave the browser.
import { base64url, encode } from "./dev-token.js";

/** @typedef {{pair: CryptoKeyPair, jwk: object, nonce: string, ahead: number}} Key */

/** @returns {Promise<Key>} */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { pair, jwk: { kty, crv, x, y }, nonce: "", ahead: 0 };
}

/** @param {Key} key @param {string} method @param {string} url @param {string} token "" for none */
export async function prove(key, method, url, token) {
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: key.jwk };
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(12))), htm: method, htu: url, iat: Math.floor(Date.now() / 1000 + key.ahead),
    ...(key.nonce && { nonce: key.nonce }), ...(token && { ath: base64url(await hash(token)) }),
  };
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.pair.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

/** @param {string} text */
const hash = async (text) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

/** Learns the nonce and the time of the server. @param {Key} key @param {Response} answer */
export function learn(key, answer) {
  key.nonce = answer.headers.get("DPoP-Nonce") ?? key.nonce;
  const date = Date.parse(answer.headers.get("Date") ?? "");
  if (date) key.ahead = Math.round((date - Date.now()) / 1000);
}
