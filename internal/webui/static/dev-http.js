// The requests of the story: real ones, to the real server. What was said is kept, to be drawn.
import { learn, prove } from "./dev-dpop.js";
import { known } from "./dev-page.js";

/** @typedef {import("./dev-page.js").Standing} Standing */
/** @typedef {[name: string, value: string][]} Headers */
/**
 * @typedef {object} Sent one exchange, as the page knows it
 * @property {string} method
 * @property {string} path
 * @property {Headers} headers that the page set
 * @property {string} body
 * @property {number} status 0: no answer came
 * @property {Headers} answered
 * @property {string} text
 * @property {any} json undefined where the answer is none
 * @property {Date} at
 * @property {number} ms
 * @property {string} id of the request
 * @property {Standing} standing of the token that was sent
 */
/**
 * @typedef {object} How
 * @property {string} [token]
 * @property {object} [body]
 * @property {boolean} [cookies]
 * @property {import("./dev-dpop.js").Key} [key]
 */

/** @param {string} method @param {string} path @param {How} how @returns {Promise<Sent>} */
export async function send(method, path, how = {}) {
  const first = await attempt(method, path, how);
  return first.json?.code === "dpop_nonce_required" ? attempt(method, path, how) : first;
}

/** @param {string} method @param {string} path @param {How} how @returns {Promise<Sent>} */
async function attempt(method, path, { token = "", body, cookies = false, key }) {
  /** @type {Headers} */
  const headers = [];
  if (token) headers.push(["Authorization", `${key ? "DPoP" : "Bearer"} ${token}`]);
  if (key) headers.push(["DPoP", await prove(key, method, known.issuer + path, token)]);
  if (body) headers.push(["Content-Type", "application/json"]);
  /** @type {Sent} */
  const sent = {
    method, path, headers, body: body ? JSON.stringify(body) : "", status: 0, answered: [], text: "", json: undefined, at: new Date(), ms: 0, id: "",
    standing: "none",
  };
  const begun = performance.now();
  try {
    const answer = await fetch(path, {
      method, headers: [...headers, ["X-Dev-Story", "1"]], body: sent.body || undefined, credentials: cookies ? "same-origin" : "omit", cache: "no-store",
    });
    sent.text = await answer.text();
    sent.status = answer.status;
    sent.answered = [...answer.headers];
    sent.id = answer.headers.get("X-Request-Id") ?? "";
    if (key) learn(key, answer);
  } catch {
    sent.text = "";
  }
  sent.ms = performance.now() - begun;
  sent.json = parse(sent.text);
  return sent;
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
