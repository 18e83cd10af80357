// The steps of the story. Each does what a client does, by real requests, and draws what came of it.
import { byId, say } from "./inspect-page.js";
import { showOwn, showSent } from "./dev-detail.js";
import { makeKey } from "./dev-dpop.js";
import { send } from "./dev-http.js";
import { exchange, outcome, own, scene } from "./dev-lanes.js";
import { announce, dev, known } from "./dev-page.js";
import { alter } from "./dev-token.js";

/** @typedef {import("./dev-http.js").Sent} Sent */
/** @typedef {import("./dev-page.js").Standing} Standing */
/** @typedef {"cookie" | "memory" | "storage" | "bound"} Keep */

/** What the client of the story holds. */
const held = {
  keep: /** @type {Keep} */ ("memory"), access: "", refresh: "", signedIn: false, expired: false,
  key: /** @type {import("./dev-dpop.js").Key | undefined} */ (undefined),
};

/** Where the story keeps tokens that a script keeps. */
const SHELF = "lingpai-story";

/** The session stands in a cookie that only the server reads. */
const opaque = () => held.keep === "cookie";
const inStorage = () => held.keep === "storage" || held.keep === "bound";

/** Whether the browser adds its cookies. Where scripts keep the tokens, it is told not to: cookies belong to the developer's own app. */
const cookies = () => !inStorage();

/** Draws an exchange, and opens it. @param {number} n @param {"b-l" | "b-a"} way @param {Sent} sent @param {{key?: string, says?: string, gives?: Standing, token?: string, altered?: boolean}} [as] */
function told(n, way, sent, { key = String(n), says, gives, token, altered } = {}) {
  const open = () => showSent(`${n}. ${say(`step.${n}`)}`, say(`about.${key}`), sent, { token, altered });
  exchange(way, sent, { says, gives, open });
  open();
  announce(`${n}. ${say(`step.${n}`)}: ${sent.method} ${sent.path}, ${outcome(sent)}`);
  return sent;
}

/** Draws what happens in the browser alone. @param {number} n @param {string} key @param {string} [code] */
function noted(n, key, code) {
  const open = () => showOwn(`${n}. ${say(`step.${n}`)}`, say(`about.${key}`), code);
  own(say(`own.${key}`), open);
  open();
  announce(`${n}. ${say(`step.${n}`)}: ${say(`own.${key}`)}`);
}

/** Asks the API, with the token that is held or another one. @param {Standing} standing @param {string} [token] */
async function ask(standing, token = held.access) {
  const sent = await send("GET", known.api, { token: opaque() ? "" : token, cookies: cookies(), key: token ? held.key : undefined });
  sent.standing = standing;
  return sent;
}

/** @param {any} answer of a sign-in or a refresh */
function take(answer) {
  held.access = answer?.access_token ?? "";
  held.refresh = answer?.refresh_token ?? "";
  held.expired = false;
  if (inStorage()) localStorage.setItem(SHELF, JSON.stringify({ access: held.access, refresh: held.refresh }));
}

/** The steps, by their numbers less one. @type {(() => Promise<unknown>)[]} */
export const steps = [
  async function noToken() {
    scene(1, say("scene.1"));
    told(1, "b-a", await send("GET", known.api));
  },

  async function loginPage() {
    scene(2, say("scene.2"));
    told(2, "b-l", await send("GET", "/auth/login"), { says: say("page_of_login") });
  },

  async function signIn() {
    scene(3, say("scene.3"));
    held.key = held.keep === "bound" ? await makeKey() : undefined;
    const keep = inStorage() ? "storage" : held.keep;
    const body = { username: known.user, password: known.user, keep, confirms: true };
    const sent = await send("POST", "/auth/api/login", { body, cookies: cookies(), key: held.key });
    held.signedIn = sent.status === 200;
    take(sent.json);
    told(3, "b-l", sent, { key: opaque() ? "3.cookie" : "3", says: say("issued"), gives: opaque() ? "cookie" : "present", token: held.access });
  },

  async function kept() {
    scene(4, say("scene.4"));
    const code = {
      cookie: "Set-Cookie: lingpai_session=lps_…; Path=/; HttpOnly; SameSite=Lax",
      memory: `let token = "${held.access}";\n\nSet-Cookie: lingpai_refresh=lpr_…; Path=/; HttpOnly; SameSite=Strict`,
      storage: `localStorage.setItem("token", "${held.access}");`,
      bound: `localStorage.setItem("token", "${held.access}");\n\ncrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);`,
    };
    noted(4, `4.${held.keep}`, code[held.keep]);
  },

  async function sent() {
    scene(5, say("scene.5"));
    const answer = await ask(opaque() ? "cookie" : held.expired ? "expired" : "present");
    told(5, "b-a", answer, { key: answer.status === 200 ? `5.${opaque() ? "cookie" : "token"}` : "5.refused", token: held.access });
  },

  async function altered() {
    scene(6, say("scene.6"));
    if (opaque()) return noted(6, "6.cookie");
    const token = alter(held.access);
    return told(6, "b-a", await ask("altered", token), { token, altered: true });
  },

  async function expires() {
    scene(7, say("scene.7"));
    if (opaque()) return noted(7, "7.cookie");
    await dev("expire", {});
    held.expired = true;
    return told(7, "b-a", await ask("expired"), { token: held.access });
  },

  async function renewed() {
    scene(8, say("scene.8"));
    if (opaque()) return noted(8, "8.cookie");
    const body = inStorage() ? { refresh_token: held.refresh } : undefined;
    const answer = await send("POST", "/auth/api/refresh", { body, cookies: cookies(), key: held.key });
    answer.standing = "refresh";
    if (answer.status === 200) take(answer.json);
    const good = answer.status === 200;
    told(8, "b-l", answer, { key: good ? "8" : "8.refused", says: good ? say("renewed") : "", gives: good ? "present" : undefined, token: good ? held.access : "" });
    return good ? told(8, "b-a", await ask("present"), { key: "8.again", token: held.access }) : undefined;
  },

  async function signOut() {
    if (held.expired) await steps[7]();
    scene(9, say("scene.9"));
    const body = inStorage() ? { scope: "this", refresh_token: held.refresh } : { scope: "this" };
    const left = await send("POST", "/auth/api/logout", { body, cookies: cookies(), token: held.access, key: held.access ? held.key : undefined });
    left.standing = opaque() ? "cookie" : "present";
    localStorage.removeItem(SHELF);
    told(9, "b-l", left, { key: "9.logout" });
    return told(9, "b-a", await ask(opaque() ? "none" : "ended"), { key: opaque() ? "9.cookie" : "9", token: held.access });
  },
];

/** What must have been done before a step can be. @param {number} index */
export const before = (index) => (index > 2 && !held.signedIn ? [2] : []);

/** Begins again, as somebody who was never here. @param {Keep} keep */
export async function forget(keep) {
  if (held.signedIn) {
    const body = held.refresh ? { scope: "this", refresh_token: held.refresh } : { scope: "this" };
    await send("POST", "/auth/api/logout", { body, cookies: cookies(), key: held.key });
  }
  localStorage.removeItem(SHELF);
  Object.assign(held, { keep, access: "", refresh: "", signedIn: false, expired: false, key: undefined });
  byId("detail").hidden = true;
}
