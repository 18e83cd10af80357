// Draws the life of a token as a line: issued, good from, expires, now. Attributes only, because the policy forbids styles.
import { member, partOf } from "./inspect-decode.js";
import { moment, relative, say } from "./inspect-page.js";

/** @typedef {import("./inspect-decode.js").Token} Token */

const SVG = "http://www.w3.org/2000/svg";

/** @param {Token} token @param {number} now in seconds @returns {Node} */
export function timeline(token, now) {
  const iat = time(token, "iat") ?? time(token, "nbf");
  const exp = time(token, "exp");
  if (iat === null || exp === null || exp <= iat) return document.createTextNode(say("no_time"));
  const from = Math.min(iat, now);
  const length = Math.max(exp, now) - from;
  /** @param {number} t */
  const x = (t) => `${((100 * (t - from)) / length).toFixed(2)}%`;
  /** @param {number} t */
  const anchor = (t) => (t - from > length / 2 ? "end" : "start");
  const label = `iat ${moment(iat)}, exp ${moment(exp)}, ${relative(exp, now)}`;
  const chart = shape("svg", { class: "timeline", role: "img", "aria-label": label });
  const width = `${((100 * (exp - iat)) / length).toFixed(2)}%`;
  chart.append(
    shape("line", { x1: "0", x2: "100%", y1: "40", y2: "40" }),
    shape("rect", { x: x(iat), y: "38", width, height: "4" }),
    shape("line", { class: "tick", x1: x(now), x2: x(now), y1: "26", y2: "54" }),
    shape("text", { class: "now", x: x(now), y: "16", "text-anchor": anchor(now) }, say("now")),
  );
  const said = Math.max(now - iat, exp - now) > DAY ? moment : clock;
  if (exp - iat < length / 2) {
    // There is no room below it for both ends side by side.
    const at = { x: x(anchor(iat) === "start" ? iat : exp), "text-anchor": anchor(iat) };
    chart.append(shape("text", { ...at, y: "66" }, `iat ${said(iat)}`), shape("text", { ...at, y: "84" }, `exp ${said(exp)}`));
    return chart;
  }
  for (const [name, t, end] of /** @type {[string, number, string][]} */ ([["iat", iat, "start"], ["exp", exp, "end"]])) {
    chart.append(shape("text", { x: x(t), y: "66", "text-anchor": end }, name), shape("text", { x: x(t), y: "84", "text-anchor": end }, said(t)));
  }
  return chart;
}

/** Seconds for which a time of day is enough. */
const DAY = 86400;

/** @param {number} seconds */
const clock = (seconds) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium", hourCycle: "h23" }).format(seconds * 1000);

/** @param {Token} token @param {string} name */
function time(token, name) {
  const value = member(partOf(token, "payload"), name)?.value;
  return typeof value === "number" && value > 0 && value <= 253402300799 ? value : null;
}

/** @param {string} name @param {Record<string, string>} attributes @param {string} [text] */
function shape(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.textContent = text;
  return made;
}
