// What the modules of the dev pages share: what the page brought along, its glyphs, and calls to the dev server.
import { byId, data, element, language, say } from "./inspect-page.js";

/** @typedef {"none" | "present" | "altered" | "expired" | "ended" | "refresh" | "cookie"} Standing how a token stands */
/**
 * @typedef {object} Machine
 * @property {string} now
 * @property {number} ahead_seconds
 * @property {boolean} offline
 * @property {string} [online_again]
 * @property {number} lose_refresh
 * @property {number} storm
 * @property {number} keys_delay_seconds
 * @property {string} signing_key
 */
/** @typedef {{number: number, match: string, use: string, written: string, kinds: string[], roles?: string[], auth: boolean, file?: string, line?: number, yields?: boolean}} Route */
/** @typedef {{ready: boolean, folder?: string, server?: {command: string, address: string, says?: string}}} App */
/** @typedef {{issuer: string, api: string, user: string, dev: {file: string, found: boolean, problems: string[] | null, routes: Route[], app?: App}, machine: Machine}} Known */

/** @type {Known} */
export const known = /** @type {any} */ (data).known;

/** The sign of how a token stands. @param {Standing} standing @param {boolean} [beside] words beside it say the same */
export function glyph(standing, beside = false) {
  const name = standing === "cookie" ? "refresh" : standing;
  const template = /** @type {HTMLTemplateElement} */ (byId(`glyph-${name}`));
  const drawn = /** @type {Element} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  if (beside) {
    drawn.removeAttribute("role");
    drawn.setAttribute("aria-hidden", "true");
  } else drawn.setAttribute("aria-label", say(`glyph.${standing}`));
  return drawn;
}

/** Tells those who cannot see it what has happened. @param {string} text */
export const announce = (text) => void (byId("said").textContent = text);

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** The time of day. @param {number | Date} when */
export const timeOf = (when) => clock.format(when);

/** A time in milliseconds, as people read it. @param {number} ms */
export const took = (ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));

/** Text in which `code` is marked, as in the catalogue. @param {string} text @returns {(Node | string)[]} */
export const rich = (text) => text.split(/(`[^`]+`)/).map((part) => (part.startsWith("`") ? element("code", {}, part.slice(1, -1)) : part));

const api = "/auth/dev/api/";

/** Asks the dev server. @param {string} what @param {object} [body] makes it a POST @returns {Promise<any>} */
export async function dev(what, body) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(api + what, body ? post : {});
  const text = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(text.detail ?? text.title), { code: text.code });
  return text;
}

/**
 * Follows what passes, and comes back by itself when the server was away.
 * @param {{exchange?: (x: any) => void, state?: (s: any) => void, live?: (on: boolean) => void}} to
 */
export function follow(to) {
  let last = 0;
  /** @type {EventSource} */
  let source;
  const open = () => {
    source?.close();
    source = new EventSource(`${api}events?since=${last}`);
    source.addEventListener("open", () => to.live?.(true));
    source.addEventListener("state", (event) => to.state?.(JSON.parse(event.data)));
    source.addEventListener("exchange", (event) => {
      const exchange = JSON.parse(event.data);
      last = exchange.number;
      to.exchange?.(exchange);
    });
    source.addEventListener("error", () => {
      source.close();
      to.live?.(false);
      setTimeout(() => !document.hidden && open(), 1000);
    });
  };
  open();
  // A tab that nobody sees needs no connection; browsers have six for all tabs of an origin.
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : open()));
}
