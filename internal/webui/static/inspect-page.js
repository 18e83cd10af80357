// What the modules of the page share: what the page brought along, its words and its elements.

/** @typedef {{title: string, why: string, do: string}} Words */
/**
 * @typedef {object} Data
 * @property {{keys: JsonWebKey[]}} keys
 * @property {Record<string, string>} words
 * @property {{secrets: string[], references: {id: string, severity: string, source: string, url: string}[], catalogue: Catalogue}} knowledge
 */
/**
 * @typedef {object} Catalogue
 * @property {Record<string, string>} header
 * @property {Record<string, string>} claims
 * @property {Record<string, string>} algorithms
 * @property {Record<string, string>} types
 * @property {Record<string, string>} places
 * @property {Record<string, string>} rules
 * @property {Record<string, string>} broken
 * @property {Record<string, Words>} findings
 */

export const language = document.documentElement.lang;

/** @type {Data} */
export const data = JSON.parse(byId("data").dataset.json ?? "");

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {string} id */
export const field = (id) => /** @type {HTMLInputElement | HTMLTextAreaElement} */ (byId(id));

/**
 * The words of a key, {0}, {1} … filled. It goes over them once, so what looks like a placeholder in what fills them stays.
 * @param {string} key @param {...(string | number)} args
 */
export const say = (key, ...args) => (data.words[key] ?? "").replace(/\{(\d)\}/g, (hole, n) => String(args[n] ?? hole));

/**
 * @param {string} name @param {Record<string, string>} attributes @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** @param {"check" | "cross" | "minus" | "alert"} name */
export function icon(name) {
  const template = /** @type {HTMLTemplateElement} */ (byId(`icon-${name}`));
  return template.content.cloneNode(true);
}

/** A note of one kind. @param {"good" | "bad" | "warn"} kind @param {...(Node | string)} text */
export function note(kind, ...text) {
  const sign = { good: /** @type {const} */ ("check"), bad: /** @type {const} */ ("cross"), warn: /** @type {const} */ ("alert") }[kind];
  return element("div", { class: `note is-${kind}` }, icon(sign), element("p", {}, ...text));
}

const dateTime = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/** A time as people write it. @param {number} seconds since 1970 */
export const moment = (seconds) => dateTime.format(seconds * 1000);

/** A length of time in its largest whole unit. @param {number} seconds */
export function span(seconds) {
  const n = Math.max(1, Math.ceil(Math.abs(seconds)));
  for (const [unit, size] of /** @type {[string, number][]} */ ([["day", 86400], ["hour", 3600], ["minute", 60]])) {
    if (n >= 2 * size) return unitOf(Math.floor(n / size), unit);
  }
  return unitOf(n, "second");
}

/** @param {number} n @param {string} unit */
const unitOf = (n, unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(n);

/** How long ago a time is, or how far ahead. @param {number} seconds since 1970 @param {number} now in seconds */
export const relative = (seconds, now) => (seconds > now ? say("ahead", span(seconds - now)) : say("expired", span(now - seconds)));
