// The list of everything that passes, newest first, as it happens.
import { byId, element, icon, say } from "./inspect-page.js";
import { showPassed, reveal } from "./dev-detail.js";
import { mockButton } from "./dev-mock.js";
import { follow, glyph, timeOf, took } from "./dev-page.js";

const MOST = 100;

let paused = false;
/** @type {any[]} */
let waiting = [];

export function watch() {
  follow({ exchange: arrived, live });
  byId("pause").addEventListener("click", pause);
  byId("empty").addEventListener("click", () => (byId("log").replaceChildren(), (byId("nothing").hidden = false)));
}

/** @param {boolean} on */
function live(on) {
  byId("live").replaceChildren(icon(on ? "check" : "alert"), ` ${say(on ? "live" : "away")}`);
}

function pause() {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  if (paused) return;
  for (const exchange of waiting) add(exchange);
  waiting = [];
}

/** @param {any} exchange */
const arrived = (exchange) => (paused ? waiting.push(exchange) : add(exchange));

/** @param {any} x */
function add(x) {
  byId("nothing").hidden = true;
  const ask = element("button", { type: "button", class: "ask" }, element("code", {}, `${x.method} ${x.path}`));
  ask.addEventListener("click", async () => (await showPassed(String(x.number), x.path), reveal()));
  const row = element("tr", {},
    element("td", { class: "wide soft" }, timeOf(new Date(x.at))),
    element("td", {}, ask, ...(x.story || x.by === "time machine" ? [] : [" ", element("span", { class: "tag" }, say("your_app"))])),
    element("td", {}, glyph(x.token)),
    element("td", { class: kindOf(x) }, ...answerOf(x)),
    element("td", { class: "wide soft" }, givenBy(x)),
    element("td", { class: "wide num" }, x.goes_on ? "…" : took(x.took_ns / 1e6)),
    element("td", { class: "act" }, ...mockButton(x)));
  byId("log").prepend(row);
  while (byId("log").childElementCount > MOST) byId("log").lastElementChild?.remove();
}

/** @param {any} x */
export const kindOf = (x) => (x.status >= 400 || x.status === 0 ? "bad" : "good");

/** @param {any} x @returns {(Node | string)[]} */
export function answerOf(x) {
  if (x.status === 0) return [say("cut")];
  const code = x.code ? [" ", element("code", {}, ...broken(x.code))] : [];
  return [String(x.status), ...code, ...(x.goes_on ? [` ${say("goes_on")}`] : [])];
}

/** A code that may be broken after each of its words. @param {string} code @returns {(Node | string)[]} */
const broken = (code) => code.split("_").flatMap((word, i) => (i ? ["_", element("wbr", {}), word] : [word]));

/** @param {any} x */
export function givenBy(x) {
  const by = { "": say("nobody"), lingpai: "Lingpai", "time machine": say("machine"), cors: "CORS" }[x.by] ?? say(`kind.${x.by}`);
  return x.route ? `${by}${say("of_route", x.route)}` : by;
}
