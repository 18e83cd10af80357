// Tokens in text: three parts in their colours, and what header and payload say.
import { element } from "./inspect-page.js";

const jwt = /(eyJ[\w-]+)\.([\w-]+)\.([\w-]+|…)/g;

/** @param {string} part */
const short = (part) => (part.length > 16 ? `${part.slice(0, 14)}…` : part);

/** A token in colours. @param {string} token @param {boolean} [whole] @returns {HTMLElement} */
export function coloured(token, whole = false) {
  const parts = token.split(".").map((part) => element("span", {}, whole ? part : short(part)));
  return element("span", { class: "jwt" }, ...parts.flatMap((part, i) => (i ? [".", part] : [part])));
}

/** Text with the tokens in it in colours. @param {string} text @returns {(Node | string)[]} */
export function colour(text) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(jwt)) {
    out.push(text.slice(from, found.index), coloured(found[0]));
    from = found.index + found[0].length;
  }
  return [...out, text.slice(from)];
}

/** The first token in a text, or "". @param {string} text */
export const tokenIn = (text) => text.match(jwt)?.[0] ?? "";

/** What a part says. @param {string} part @returns {any} */
export function read(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** @param {Uint8Array} bytes */
export const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** @param {unknown} value */
export const encode = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));

/** The claim that {@link alter} changes. */
export const ALTERED = "exp";

/** A token in which one digit was changed, so that it would live for years, under the signature that it had. @param {string} token */
export function alter(token) {
  const [header, payload, signature] = token.split(".");
  const claims = read(payload);
  claims[ALTERED] = Number(String(claims[ALTERED]).replace(/^./, "9"));
  return [header, encode(claims), signature].join(".");
}

/** Header and payload as JSON in their colours; the claim of that name is marked. @param {string} token @param {string} [changed] @returns {HTMLElement} */
export function decoded(token, changed = "") {
  const [header, payload] = token.split(".");
  const lines = JSON.stringify(read(payload), null, 2).split("\n");
  const claims = lines.map((line, i) => {
    const text = line + (i < lines.length - 1 ? "\n" : "");
    return changed && line.trim().startsWith(`"${changed}"`) ? element("span", { class: "changed" }, text) : text;
  });
  return element("pre", { class: "code" },
    element("span", { class: "of-header" }, JSON.stringify(read(header))), "\n",
    element("span", { class: "of-payload" }, ...claims));
}
