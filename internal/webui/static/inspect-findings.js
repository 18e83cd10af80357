// Draws what is wrong with a token: what, why, what to do, and where it is written.
import { byId, data, element, icon, say } from "./inspect-page.js";

/** @typedef {import("./inspect-lint.js").Finding} Finding */

/** @param {Finding[]} findings */
export function drawFindings(findings) {
  byId("findings").replaceChildren(...findings.map(finding));
  byId("count").textContent = findings.length ? say("findings", findings.length) : say("no_findings");
}

/** @param {Finding} found */
function finding({ id, what }) {
  const words = data.knowledge.catalogue.findings[id];
  const about = data.knowledge.references.find((r) => r.id === id);
  /** @param {string} text */
  const fill = (text) => text.replaceAll("{what}", what);
  const severity = about?.severity ?? "note";
  const colour = { danger: "bad", warning: "warn", note: "soft" }[severity] ?? "soft";
  const mark = element("span", { class: colour }, icon("alert"), element("span", { class: "vh" }, say(severity)));
  const source = element("a", { class: "nowrap", href: about?.url ?? "", rel: "noreferrer", target: "_blank" }, about?.source ?? "");
  const text = element("div", {}, element("h3", {}, fill(words.title)), element("p", {}, fill(words.why)), element("p", { class: "soft" }, `${fill(words.do)} `, source));
  return element("li", { class: "lead" }, mark, text);
}
