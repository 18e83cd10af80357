// A mock of what was answered: the button of an exchange, and what became of it.
import { byId, element, note, say } from "./inspect-page.js";
import { announce, dev, rich } from "./dev-page.js";

/** @typedef {{file: string, route?: number, match: string, left_out: string[]}} Made */

/** A button that makes a mock of an exchange, or nothing where none can be made. @param {any} x @param {string} [text] @returns {HTMLElement[]} */
export function mockButton(x, text = say("mock.make")) {
  if (!x.mockable) return [];
  const button = element("button", { type: "button", class: "button small bare", "aria-label": say("mock.make.of", `${x.method} ${x.path}`) }, text);
  button.addEventListener("click", () => make(x.number, button));
  return [button];
}

/** @param {number} number @param {HTMLElement} button */
async function make(number, button) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    tell(await dev(`exchanges/${number}/mock`, {}));
  } catch (error) {
    const why = /** @type {any} */ (error);
    show("bad", why.code === "not_found" ? say("forgotten") : why.message);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @param {Made} made @param {boolean} [off] it was switched off again */
function tell(made, off = false) {
  const words = off ? "mock.off" : made.route ? "mock.made" : "mock.waits";
  const left = made.left_out.length && !off ? [element("br", {}), ...rich(say("mock.left_out", made.left_out.map((name) => `\`${name}\``).join(", ")))] : [];
  show(made.route ? "good" : "warn", say(words, made.match, made.file), left, made.route ? [turn(made, off), routes()] : []);
}

/** @param {Made} made @param {boolean} off */
function turn(made, off) {
  const button = element("button", { type: "button", class: "button small", id: "turn" }, say(off ? "mock.again" : "mock.back"));
  button.addEventListener("click", async () => {
    try {
      const { routes: all } = await dev("routes");
      const route = all.find((/** @type {any} */ r) => r.file === made.file);
      if (!route) return show("bad", say("mock.gone", made.match, made.file));
      await dev("routes", { route: route.number, use: off ? "mock" : "off" });
      tell(made, !off);
      byId("turn").focus();
    } catch (error) {
      announce(/** @type {Error} */ (error).message);
    }
  });
  return button;
}

const routes = () => element("a", { class: "button small bare", href: "/auth/dev/backend" }, say("mock.routes"));

/** @param {"good" | "bad" | "warn"} kind @param {string} text @param {(Node | string)[]} [more] @param {HTMLElement[]} [buttons] */
function show(kind, text, more = [], buttons = []) {
  const close = element("button", { type: "button", class: "button small bare" }, say("mock.close"));
  close.addEventListener("click", () => byId("made").replaceChildren());
  const told = note(kind, ...rich(text), ...more);
  told.lastElementChild?.append(element("span", { class: "row acts" }, ...buttons, close));
  byId("made").replaceChildren(told);
  byId("made").scrollIntoView({ block: "nearest" });
  announce(text.replaceAll("`", ""));
}
