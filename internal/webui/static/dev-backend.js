// The page of the routes: who answers, switched while it runs; and the buttons of the time machine.
import { byId, element, icon, note, say } from "./inspect-page.js";
import { drawCors } from "./dev-cors.js";
import { answerOf, kindOf } from "./dev-log.js";
import { drawMachine, list } from "./dev-machine.js";
import { announce, dev, follow, known, rich, took } from "./dev-page.js";

/** @typedef {import("./dev-page.js").Route} Route */
/** @typedef {import("./dev-page.js").App} App */

/** The last answer of each route, by its number, and of the app, by 0. @type {Map<number, any>} */
const latest = new Map();

/** @param {string} kind */
const isReal = (kind) => ["proxy", "static", "spa", "app"].includes(kind);

/** @param {Route[]} routes @param {App} [app] */
function drawRoutes(routes, app) {
  const focused = document.activeElement?.id;
  byId("routes").replaceChildren(own(), ...routes.map(row), rest(app));
  if (focused) document.getElementById(focused)?.focus();
  for (const [number, exchange] of latest) last(number, exchange);
}

function own() {
  return element("tr", {}, element("td", {}, element("code", {}, "/auth/**")), element("td", { class: "soft" }, say("always")), element("td", { class: "wide soft" }), element("td", { class: "wide" }));
}

/** What no route answers. @param {App} [app] */
function rest(app) {
  return element("tr", {}, element("td", {}, say("rest")), element("td", { class: "soft" }, ...rich(whoElse(app))), element("td", { class: "wide soft" }), element("td", { class: "wide soft", id: "last-0" }));
}

/** @param {App} [app] */
function whoElse(app) {
  if (!app) return say("rest.nobody");
  if (app.folder) return say("rest.folder", app.folder);
  const { command, address, says } = app.server ?? {};
  if (app.ready) return say("rest.server", address);
  return says ? say("rest.elsewhere", says, address) : say("rest.away", command || address);
}

/** @param {Route} route */
function row(route) {
  const [method, path] = route.match.includes(" ") ? route.match.split(" ") : ["", route.match];
  return element("tr", {},
    element("td", {}, element("code", {}, ...(method ? [element("b", {}, method), " "] : []), path), ...written(route)),
    element("td", {}, choice(route)),
    element("td", { class: "wide" }, ...needs(route)),
    element("td", { class: "wide soft", id: `last-${route.number}` }));
}

/** Where a route stands. @param {Route} route */
function written(route) {
  if (route.file) return [element("div", { class: "soft small" }, element("code", {}, route.file))];
  return route.line ? [element("div", { class: "soft small" }, say("line", route.line))] : [];
}

/** What answers a route in one of the ways, if anything does. One that leads to nothing real steps aside for what is behind it. @param {Route} route @param {string} way */
const inWay = (route, way) => (way === "written" ? route.written : (route.kinds.find((k) => isReal(k) === (way === "real")) ?? (route.yields && way === "real" ? "off" : undefined)));

/** @param {Route} route */
function choice(route) {
  const set = element("fieldset", { class: "choice" }, element("legend", { class: "vh" }, route.match));
  for (const kind of [...route.kinds, "off"]) {
    const radio = /** @type {HTMLInputElement} */ (element("input", { type: "radio", name: `route-${route.number}`, id: `route-${route.number}-${kind}`, value: kind }));
    radio.checked = kind === route.use;
    radio.addEventListener("change", () => use(route.number, kind));
    set.append(element("label", {}, radio, say(`kind.${kind}`)));
  }
  return set;
}

/** @param {Route} route */
function needs(route) {
  if (!route.auth) return [element("span", { class: "soft" }, say("needs.nothing"))];
  if (!route.roles?.length) return [say("needs.token")];
  return [say("needs.role"), " ", element("code", {}, route.roles.join(", "))];
}

/** @param {number} route @param {string} kind */
async function use(route, kind) {
  try {
    draw(await dev("routes", { route, use: kind }));
    announce(say("switched", say(`kind.${kind}`)));
  } catch (error) {
    announce(/** @type {Error} */ (error).message);
  }
}

/** @param {string} way */
async function useAll(way) {
  const { routes } = await dev("routes");
  for (const route of /** @type {Route[]} */ (routes)) {
    const kind = inWay(route, way);
    if (kind && kind !== route.use) await use(route.number, kind);
  }
}

/** @param {number} number @param {any} x */
function last(number, x) {
  const cell = document.getElementById(`last-${number}`);
  cell?.replaceChildren(element("span", { class: kindOf(x) }, ...answerOf(x)), x.goes_on ? "" : ` · ${took(x.took_ns / 1e6)} ms`);
}

/** @param {{routes: Route[], problems: string[] | null, app?: App}} state */
function draw({ routes, problems, app }) {
  drawRoutes(routes, app);
  byId("problems").replaceChildren(...(problems ?? []).map((problem) => note("warn", element("b", {}, say("not_read")), " ", element("code", {}, problem), element("br", {}), ...rich(say("last_good")))));
  const way = ["written", "mock", "real"].find((w) => routes.every((r) => follows(r, w)));
  for (const radio of document.querySelectorAll("[name=all]")) /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === way;
}

/** @param {Route} route @param {string} way */
function follows(route, way) {
  return route.use === (inWay(route, way) ?? route.written);
}

for (const radio of document.querySelectorAll("[name=all]")) {
  radio.addEventListener("change", () => useAll(/** @type {HTMLInputElement} */ (radio).value));
}
draw({ ...known.dev, problems: known.dev.problems });
drawMachine(known.machine);
void drawCors();
follow({
  state: ({ dev: state, machine }) => (draw(state), drawMachine(machine)),
  exchange: (x) => {
    const by = x.by === "app" ? 0 : x.route;
    if (by !== undefined) latest.set(by, x);
    if (by !== undefined) last(by, x);
    if (/^\/auth\/(api\/)?(login|logout|token)/.test(x.path)) void list();
    if (x.origin && x.origin !== location.origin) void drawCors();
  },
});
