// Draws the exchanges of the story between the three lanes.
import { byId, element, say } from "./inspect-page.js";
import { reveal } from "./dev-detail.js";
import { glyph, rich } from "./dev-page.js";

/** @typedef {import("./dev-http.js").Sent} Sent */
/** @typedef {import("./dev-page.js").Standing} Standing */

/** @param {...(Node | string)} children */
const line = (...children) => byId("lanes").append(element("li", {}, ...children));

/** Says which step begins. @param {number} n from 1 @param {string} text */
export function scene(n, text) {
  byId("begin").hidden = true;
  line(element("p", { class: "scene" }, element("b", {}, `${n}. ${say(`step.${n}`)}`), say("stop"), ...rich(text)));
}

/** @param {string} way @param {() => void} open @param {...(Node | string)} children */
function leg(way, open, ...children) {
  const drawn = element("a", { class: `leg ${way}`, href: "#detail" }, ...children);
  drawn.addEventListener("click", (event) => (event.preventDefault(), mark(drawn), open(), reveal()));
  line(drawn);
  return drawn;
}

/** @param {Element} drawn */
function mark(drawn) {
  for (const other of document.querySelectorAll(".leg[aria-current]")) other.removeAttribute("aria-current");
  drawn.setAttribute("aria-current", "true");
}

/** The path, as short as there is room. @param {string} path */
const brief = (path) => path.replace(/^\/auth\/(api\/)?/, "…/");

/**
 * Draws a request and its answer.
 * @param {"b-l" | "b-a"} way @param {Sent} sent @param {{says?: string, gives?: Standing, open: () => void}} with
 */
export function exchange(way, sent, { says = "", gives, open }) {
  const path = way === "b-l" ? brief(sent.path) : sent.path;
  leg(way, open, element("span", {}, element("code", {}, `${sent.method} ${path}`)), glyph(sent.standing));
  const good = sent.status > 0 && sent.status < 400;
  const what = element("span", { class: good ? "good" : "bad" }, element("code", {}, outcome(sent)), says ? ` ${says}` : "");
  const back = leg(`${way} back new`, open, what, ...(gives ? [glyph(gives)] : []));
  mark(back);
  back.scrollIntoView({ block: "nearest" });
}

/** What became of it, in a word. @param {Sent} sent */
export const outcome = (sent) => (sent.status ? `${sent.status} ${sent.json?.code ?? ""}`.trim() : say("cut"));

/** Draws what happens in the browser alone. @param {string} text @param {() => void} open */
export function own(text, open) {
  mark(leg("own new", open, element("span", {}, text)));
}

/** Takes all away but the heads of the lanes. */
export function clear() {
  byId("lanes").replaceChildren(/** @type {Element} */ (byId("lanes").firstElementChild));
  byId("begin").hidden = false;
}
