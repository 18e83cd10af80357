// Draws what a token says, a member a row, with its meaning.
import { text } from "./inspect-decode.js";
import { typeOf } from "./inspect-lint.js";
import { data, element, moment, relative, say } from "./inspect-page.js";

/** @typedef {import("./inspect-decode.js").Token} Token */
/** @typedef {import("./inspect-decode.js").Part} Part */
/** @typedef {import("./inspect-json.js").Member} Member */

const TIMES = ["exp", "nbf", "iat", "auth_time", "updated_at", "toe"];

/** @param {Token} token @param {number} now in seconds @returns {HTMLElement[]} */
export function explain(token, now) {
  return token.parts.map((part) => {
    const rows = part.members.map((m) => row(part.name, shownValue(m), m.name, meaning(part, m), late(m, now), after(m, now)));
    if (rows.length === 0) rows.push(row(part.name, part.text || part.sent, size(part), about(part), false, ""));
    return element("div", {}, element("h3", { class: `of-${part.name}` }, say(part.name) || part.name), element("dl", { class: "claims" }, ...rows));
  });
}

/** @param {string} part @param {string} value @param {string} name @param {string} words @param {boolean} isLate @param {string} when */
function row(part, value, name, words, isLate, when) {
  const explained = element("dd", isLate ? { class: "bad" } : {}, when ? `${words}: ${when}` : words);
  return element("div", {}, element("dt", { class: `of-${part}` }, name), element("dd", {}, value), explained);
}

/** @param {Member} m */
const shownValue = (m) => (typeof m.value === "string" ? m.value : m.raw);

/** @param {Part} part */
const size = (part) => say("bytes", part.bytes?.length ?? 0);

/** @param {Part} part */
const about = (part) => (part.name === "signature" ? say("signature_is") : "");

/** @param {Part} part @param {Member} m */
function meaning(part, m) {
  const known = data.knowledge.catalogue;
  /** @type {string | undefined} */
  let words;
  if (part.name === "header") {
    if (m.name === "alg") words = known.algorithms[text(part, "alg")];
    if (m.name === "typ") words = known.types[typeOf(part)];
    words ??= own(known.header, m.name);
  } else {
    words = own(known.claims, m.name);
  }
  return words ?? say("unknown_member");
}

/** @param {Record<string, string>} words @param {string} name */
const own = (words, name) => (Object.hasOwn(words, name) ? words[name] : undefined);

/** @param {Member} m @returns {m is Member & {value: number}} */
const isTime = (m) => TIMES.includes(m.name) && typeof m.value === "number" && m.value > 0 && m.value <= 253402300799;

/** @param {Member} m @param {number} now */
const after = (m, now) => (isTime(m) ? `${moment(m.value)}, ${relative(m.value, now)}` : "");

/** @param {Member} m @param {number} now */
const late = (m, now) => isTime(m) && ((m.name === "exp" && m.value <= now) || (m.name === "nbf" && m.value > now));
