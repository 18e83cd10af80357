// The drawer: the HTTP of one exchange, and the token in it.
import { byId, data, element, say } from "./inspect-page.js";
import { mockButton } from "./dev-mock.js";
import { dev, rich, timeOf, took } from "./dev-page.js";
import { ALTERED, colour, coloured, decoded, tokenIn } from "./dev-token.js";

/** @typedef {import("./dev-http.js").Sent} Sent */
/** @typedef {{name: string, value: string}} Field */
/** @typedef {{line: string, headers: Field[], body?: string, cut?: boolean}} Message */

/** What most people look for; the rest is one press away. */
const first = new Set([
  "host", "origin", "authorization", "dpop", "cookie", "x-token", "content-type", "www-authenticate", "set-cookie", "location", "retry-after", "dpop-nonce",
  "cache-control", "access-control-allow-origin", "vary", "x-dev-served-by",
]);

/** Counts openings, so that a slow answer never covers what was opened later. */
let opening = 0;

/** @param {string} title @param {string} when @param {...(Node | string | undefined)} matter */
function show(title, when, ...matter) {
  const drawer = byId("detail");
  drawer.hidden = false;
  drawer.replaceChildren(
    element("div", { class: "row ends" }, element("h2", { id: "detail-title" }, title), element("span", { class: "soft small num" }, when)),
    ...matter.filter((m) => m !== undefined),
  );
}

/** Scrolls to the drawer where it does not stand beside the lanes. */
export function reveal() {
  const drawer = byId("detail");
  if (drawer.getBoundingClientRect().top > innerHeight - 100) drawer.scrollIntoView({ block: "start" });
  drawer.focus({ preventScroll: true });
}

/** Something that happens in the browser. @param {string} title @param {string} text @param {string} [code] */
export function showOwn(title, text, code) {
  opening++;
  show(title, "", element("p", { class: "small" }, ...rich(text)), code ? element("pre", { class: "code" }, ...colour(code)) : undefined);
}

/** An exchange of the story. @param {string} title @param {string} text @param {Sent} sent @param {{token?: string, altered?: boolean}} [inside] */
export async function showSent(title, text, sent, { token = "", altered = false } = {}) {
  const mine = ++opening;
  const fresh = Boolean(token) && sent.text.includes(token);
  const draw = (/** @type {{request: Message, answer: Message} | undefined} */ seen) => show(title, `${timeOf(sent.at)} · ${took(sent.ms)} ms`,
    element("p", { class: "small" }, ...rich(text)),
    ...(fresh || altered ? tokenOf(token, { whole: fresh, altered }) : []),
    ...message(say("request"), `${sent.method} ${sent.path} HTTP/1.1`, merged(sent.headers, seen?.request.headers), sent.body),
    ...message(say("answer"), seen?.answer.line || statusOf(sent), merged(sent.answered, seen?.answer.headers), sent.text),
    advice(sent.json?.code),
    ...(token && !fresh && !altered ? tokenOf(token) : []));
  draw(undefined);
  const seen = await detailOf(sent.id);
  if (mine === opening && seen) draw(seen);
}

/** @param {Sent} sent */
const statusOf = (sent) => (sent.status ? `HTTP/1.1 ${sent.status}` : say("no_answer"));

/** The head as the server saw it, cookies and all; what the page knows better stands in full. @param {[string, string][]} known @param {Field[]} [seen] @returns {Field[]} */
function merged(known, seen) {
  if (!seen) return known.map(([name, value]) => ({ name, value }));
  const better = new Map(known.map(([name, value]) => [name.toLowerCase(), value]));
  return seen.map(({ name, value }) => ({ name, value: name === "Set-Cookie" || name === "Cookie" ? value : (better.get(name.toLowerCase()) ?? value) }));
}

/** An exchange of anybody, as the server shows it. @param {string} id its number, or the id of its request @param {string} title where it is kept no more */
export async function showPassed(id, title) {
  const mine = ++opening;
  const seen = await detailOf(id);
  if (mine !== opening) return;
  if (!seen) return show(title, "", element("p", { class: "small" }, say("forgotten")));
  const token = tokenIn(seen.request.headers.map((/** @type {Field} */ h) => h.value).join("\n"));
  show(`${seen.method} ${seen.path}`, `${timeOf(new Date(seen.at))} · ${took(seen.took_ns / 1e6)} ms`,
    seen.sentence ? element("p", { class: "small" }, ...rich(seen.sentence)) : undefined,
    advice(seen.code),
    ...addition(seen.add),
    ...(token ? tokenOf(token) : []),
    ...message(say("request"), seen.request.line, seen.request.headers, seen.request.body),
    ...message(say("answer"), seen.answer.line || say("no_answer"), seen.answer.headers, seen.answer.body, seen.answer.cut),
    ...mockButton(seen, say("mock.make.this")));
}

/** What to write, so that the next request is answered. @param {{file: string, lines: string[]}} [add] */
const addition = (add) => (add ? [element("h3", {}, ...rich(say("add", add.file))), element("pre", { class: "code" }, add.lines.join("\n"))] : []);

/** What the server knows of an exchange. It may know it a moment after the answer has come. @param {string} id */
async function detailOf(id) {
  for (let tries = 0; id && tries < 5; tries++) {
    try {
      return await dev(`exchanges/${id}`);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
  }
  return undefined;
}

/** @param {string} [code] */
function advice(code) {
  const text = code && data.words[`build.${code}`];
  return text ? element("p", { class: "small soft" }, ...rich(text)) : undefined;
}

/** A token in colours, and what it says. @param {string} token @param {{whole?: boolean, altered?: boolean}} [how] @returns {HTMLElement[]} */
function tokenOf(token, { whole = false, altered = false } = {}) {
  const signed = !token.endsWith("…");
  const copy = element("button", { type: "button", class: "button small bare" }, say("copy"));
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(token);
    copy.textContent = say("copied");
    setTimeout(() => (copy.textContent = say("copy")), 2000);
  });
  return [
    element("div", { class: "row ends" }, element("h3", {}, say("token")), ...(signed ? [copy] : [element("span", { class: "small soft" }, say("unsigned"))])),
    element("pre", { class: "code" }, coloured(token, whole)),
    decoded(token, altered ? ALTERED : ""),
  ];
}

/** @param {string} title @param {string} line @param {Field[]} fields @param {string} [body] @param {boolean} [cut] @returns {HTMLElement[]} */
function message(title, line, fields, body = "", cut = false) {
  const shown = fields.filter(({ name }) => first.has(name.toLowerCase()));
  const rest = fields.filter(({ name }) => !first.has(name.toLowerCase()));
  const refused = / [45]\d\d/.test(line);
  const head = [element("b", refused ? { class: "bad" } : {}, line), ...shown.flatMap(fieldLine)];
  const pre = element("pre", { class: "code" }, ...head, ...(body ? ["\n\n", ...colour(pretty(body))] : []), cut ? "…" : "");
  const out = [element("h3", {}, title), pre];
  if (rest.length > 0) {
    const more = element("details", {}, element("summary", {}, say("more", rest.length)), element("pre", { class: "code" }, ...rest.flatMap(fieldLine).slice(1)));
    out.push(more);
  }
  return out;
}

/** @param {Field} field @returns {(Node | string)[]} */
const fieldLine = ({ name, value }) => ["\n", `${named(name)}: `, ...colour(value)];

/** Header names as they are written, which a browser tells in lower case. @param {string} name */
const named = (name) => special[name.toLowerCase()] ?? name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

/** @type {Record<string, string>} */
const special = { "www-authenticate": "WWW-Authenticate", dpop: "DPoP", "dpop-nonce": "DPoP-Nonce", etag: "ETag" };

/** JSON with its spaces; a page is only told of. @param {string} body */
function pretty(body) {
  if (/^\s*<!doctype/i.test(body)) return say("page", body.length);
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body.length > 2000 ? `${body.slice(0, 2000)}…` : body;
  }
}
