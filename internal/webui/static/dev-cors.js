// What a browser kept from a page of another origin: which part differs, why, and what mends it.
import { byId, element, say } from "./inspect-page.js";
import { dev, rich } from "./dev-page.js";

/** @typedef {{protocol: string, domain: string, port: string}} Parts */
/** @typedef {(string | number | {code: string, args?: Args})[]} Args */
/** @typedef {{step: string, code: string, args?: Args, then_code: string, then_args?: Args, hint_code?: string, add?: string[]}} Finding */
/** @typedef {{page: string, target: string, page_parts: Parts, target_parts: Parts, differs: string[], findings: Finding[], count: number, dev_file: string}} Case */

const PARTS = /** @type {const} */ (["protocol", "domain", "port"]);

/** Asks again, and draws what was found last. */
export async function drawCors() {
  const { cases } = await dev("cors");
  byId("cors").hidden = cases.length === 0;
  if (cases.length > 0) draw(cases[0]);
}

/** @param {Case} found */
function draw(found) {
  byId("cors-count").textContent = say("cors.count", found.count);
  byId("cors-case").replaceChildren(
    element("p", {}, say("cors.lead")),
    parts(found),
    ...found.findings.map((f, i) => finding(f, found.findings[i + 1]?.then_code !== f.then_code)),
    element("div", { class: "halves stack" },
      half(say("cors.best"), say("cors.one_origin", found.target, found.page)),
      half(say("cors.allow"), say("cors.dev_file"), found.dev_file),
      ...lines(found)));
}

/** @param {Case} found */
function parts(found) {
  const row = (/** @type {string} */ name, /** @type {Parts} */ of) => element("tr", {}, element("th", { scope: "row" }, name), ...PARTS.map((part) => element("td", {}, element("code", {}, of[part]))));
  const differs = PARTS.map((part) => (found.differs.includes(part) ? element("td", { class: "bad" }, say("cors.differs")) : element("td", { class: "soft" }, say("cors.same"))));
  return element("table", {},
    element("thead", {}, element("tr", {}, element("td", {}), ...PARTS.map((part) => element("th", { scope: "col" }, say(`cors.${part}`))))),
    element("tbody", {}, row(say("cors.page"), found.page_parts), row(say("cors.asked"), found.target_parts), element("tr", {}, element("td", {}), ...differs)));
}

/**
 * What is wrong, what the browser does about it, and what else mends it.
 * @param {Finding} found @param {boolean} last of those about which the browser does the same
 */
function finding(found, last) {
  const then = last ? [element("p", {}, ...rich(word(found.then_code, found.then_args)))] : [];
  const hint = found.hint_code ? [element("p", { class: "small soft" }, "→ ", ...rich(word(found.hint_code)))] : [];
  return element("div", { class: "stack tight" }, element("h3", {}, ...rich(say(`cors.step.${found.step}`, word(found.code, found.args)))), ...then, ...hint);
}

/**
 * What internal/cors says, in the language of the page. What was sent or answered shows as code.
 * @param {string} code @param {Args} [args] @returns {string}
 */
const word = (code, args = []) => say(`cors.says.${code}`, ...args.map((a) => (typeof a === "object" ? word(a.code, a.args) : `\`${a}\``)));

/** @param {string} title @param {string} text @param {string} [code] */
function half(title, text, code) {
  return element("div", { class: "stack" }, element("h3", {}, title), element("p", { class: "small soft" }, ...rich(text)), ...(code ? [element("pre", { class: "code" }, code)] : []));
}

/** The header lines that a real backend must send. @param {Case} found */
function lines(found) {
  const add = found.findings.flatMap((f) => f.add ?? []);
  return add.length > 0 ? [half(say("cors.backend"), say("cors.every"), add.join("\n"))] : [];
}
