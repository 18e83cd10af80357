// Checks the signature with what the person chose, asks the judge, and draws both answers.
import { partOf } from "./inspect-decode.js";
import { judge } from "./inspect-judge.js";
import { byId, data, element, field, icon, note, say, span } from "./inspect-page.js";
import { canVerify, verifyKeys, verifyPEM, verifySecret } from "./inspect-verify.js";

/** @typedef {import("./inspect-decode.js").Token} Token */
/** @typedef {import("./inspect-verify.js").Verification} Verification */
/** @typedef {{say: string, kind: "good" | "bad" | "warn", verification: Verification}} Check */

/** @param {string} name */
export const chosen = (name) => /** @type {HTMLInputElement} */ (document.querySelector(`[name=${name}]:checked`)).value;

/** @type {Record<Verification, Check>} */
const CHECKS = {
  holds: { say: "holds", kind: "good", verification: "holds" },
  broken: { say: "broken", kind: "bad", verification: "broken" },
  missing: { say: "no_key", kind: "warn", verification: "missing" },
  algorithm: { say: "wrong_algorithm", kind: "bad", verification: "algorithm" },
  assumed: { say: "unchecked", kind: "warn", verification: "assumed" },
};

/** @param {Token} token @returns {Promise<Check>} */
export async function check(token) {
  if (token.kind !== "jws" || partOf(token, "signature").sent === "") return { ...CHECKS.assumed, say: "none" };
  if (!canVerify()) return { ...CHECKS.assumed, say: "unsafe" };
  try {
    return await checkWith(token);
  } catch {
    return { ...CHECKS.assumed, say: "bad_key", kind: "bad" };
  }
}

/** @param {Token} token @returns {Promise<Check>} */
async function checkWith(token) {
  switch (chosen("keys")) {
    case "secret": {
      const { signature, verification } = await verifySecret(token, field("secret").value);
      return { ...CHECKS[signature === "no_key" ? "algorithm" : signature], verification };
    }
    case "key": {
      const text = field("key").value.trim();
      if (text === "") return CHECKS.assumed;
      if (text.startsWith("-----")) return CHECKS[await verifyPEM(token, text)];
      const parsed = JSON.parse(text);
      return CHECKS[await verifyKeys(token, Array.isArray(parsed.keys) ? parsed.keys : [parsed])];
    }
  }
  return CHECKS[await verifyKeys(token, data.keys.keys)];
}

/** @param {Check} check */
export const drawCheck = (check) => byId("signature").replaceChildren(note(check.kind, say(check.say)));

/** @param {Token} token @param {Verification} verification @param {number} now in seconds */
export function drawVerdict(token, verification, now) {
  const audience = field("audience").value.split(/[\s,]+/).filter(Boolean);
  const verdict = judge(token, { issuer: field("issuer").value.trim(), audience, now: now * 1000, verification });
  byId("verdict").replaceChildren(verdict.code ? refused(verdict) : note("good", say(verdict.assumed ? "assumed" : "accepted")));
  byId("steps").replaceChildren(...verdict.steps.map(step));
}

/** @param {{code: string, arg?: string | {seconds: number}}} verdict */
function refused({ code, arg }) {
  const what = typeof arg === "object" ? span(arg.seconds) : arg;
  const detail = say(`refusal.${code}`, what ?? "");
  const advice = say(`build.${code}`).replaceAll("`", "");
  return note("bad", element("b", {}, say("refused", code)), ` ${detail} ${advice}`);
}

/** @param {{rule: string, outcome: import("./inspect-judge.js").Outcome}} each */
function step({ rule, outcome }) {
  const { rules, broken } = data.knowledge.catalogue;
  const words = (outcome === "failed" ? broken : rules)[rule];
  const sign = { passed: /** @type {const} */ ("check"), failed: /** @type {const} */ ("cross"), skipped: /** @type {const} */ ("minus") }[outcome];
  const colour = { passed: "good", failed: "bad", skipped: "" }[outcome];
  const mark = element("span", { class: colour }, icon(sign), element("span", { class: "vh" }, say(outcome)));
  return element("li", outcome === "skipped" ? { class: "soft" } : {}, mark, element(outcome === "failed" ? "b" : "span", {}, words));
}
