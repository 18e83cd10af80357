// Takes a token apart, by the rules of internal/inspector/part.go and report.go.
import { isObject, isStrictObject, members } from "./inspect-json.js";

/** @typedef {import("./inspect-json.js").Member} Member */
/**
 * @typedef {object} Part
 * @property {string} name header, payload, signature, those of RFC 7516, or ""
 * @property {string} sent
 * @property {Uint8Array<ArrayBuffer> | null} bytes null for what does not decode
 * @property {boolean} loose it decodes only for a reader who overlooks something
 * @property {boolean} stray of its last character, unused bits are set
 * @property {string} text of a header or payload
 * @property {boolean} object it is a JSON object for any reader
 * @property {boolean} strict it is one for a strict reader
 * @property {Member[]} members
 */
/** @typedef {{kind: "jws" | "jwe" | "refresh" | "unknown", token: string, parts: Part[]}} Token */

const NAMES = ["header", "payload", "signature"];
const ENCRYPTED = ["header", "encrypted_key", "iv", "ciphertext", "tag"];
const MAX_PARTS = 6;

/** @param {string} token @returns {Token} */
export function decode(token) {
  if (token.startsWith("lpr_") && !token.includes(".")) return { kind: "refresh", token, parts: [] };
  const texts = token.split(".", MAX_PARTS);
  const names = texts.length === 5 ? ENCRYPTED : NAMES;
  const kind = texts.length === 3 ? "jws" : texts.length === 5 ? "jwe" : "unknown";
  return { kind, token, parts: texts.map((sent, i) => part(names[i] ?? "", sent)) };
}

/** @param {Token} token @param {string} name @returns {Part} */
export function partOf(token, name) {
  return token.parts.find((p) => p.name === name) ?? part(name, "");
}

/** The last member of a name, as most readers take it. @param {Part} part @param {string} name */
export function member(part, name) {
  return part.members.findLast((m) => m.name === name);
}

/** The value of a member if it is text, or "". @param {Part} part @param {string} name */
export function text(part, name) {
  const value = member(part, name)?.value;
  return typeof value === "string" ? value : "";
}

/** @param {string} name @param {string} sent @returns {Part} */
function part(name, sent) {
  const strictly = /^[A-Za-z0-9_-]*$/.test(sent) ? fromBase64url(sent) : null;
  const stray = strictly !== null && toBase64url(strictly) !== sent;
  const exact = strictly !== null && !stray;
  const bytes = exact ? strictly : fromBase64url(sent.replace(/[=\s]/g, "").replaceAll("+", "-").replaceAll("/", "_"));
  const p = { name, sent, bytes, loose: !exact && bytes !== null, stray, text: "", object: false, strict: false, members: [] };
  if (bytes && (name === "header" || name === "payload")) {
    p.text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    p.object = isObject(p.text);
    p.strict = isUTF8(bytes) && isStrictObject(p.text);
    p.members = /** @type {never[]} */ (members(p.text));
  }
  return p;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function isUTF8(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer> | null} null for what is not base64url, unused bits overlooked */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export function toBase64url(bytes) {
  let binary = "";
  for (const b of bytes) binary += String.fromCharCode(b);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text */
export function encode(text) {
  return toBase64url(new TextEncoder().encode(text));
}
