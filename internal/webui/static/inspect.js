// Opens tokens in the browser. Nothing that is pasted leaves the page: its policy lets it ask nobody.
import { decode, encode, partOf, text } from "./inspect-decode.js";
import { explain } from "./inspect-explain.js";
import { find } from "./inspect-find.js";
import { drawFindings } from "./inspect-findings.js";
import { lint } from "./inspect-lint.js";
import { byId, data, element, field, note, say } from "./inspect-page.js";
import { timeline } from "./inspect-timeline.js";
import { check, chosen, drawCheck, drawVerdict } from "./inspect-verdict.js";
import { sign } from "./inspect-verify.js";

/** @typedef {import("./inspect-decode.js").Token} Token */

/** Counts drawings, so that a slow check of an old text never covers the answer to a newer one. */
let drawing = 0;

/** Draws all that is known of the text. @param {{keepEdit?: boolean}} [options] the person is typing in the decoded parts */
async function draw({ keepEdit = false } = {}) {
  const mine = ++drawing;
  const { value } = field("token");
  colour(value);
  const now = Date.now() / 1000;
  const token = decode(value.trim());
  byId("explained").replaceChildren(...(value ? explain(token, now) : [element("p", { class: "soft" }, say("empty"))]));
  byId("timeline").replaceChildren(value ? timeline(token, now) : "");
  for (const id of ["life", "faults", "judged"]) byId(id).hidden = !value;
  if (!keepEdit) fillEdit(token);
  if (!value) return empty();
  const [checked, findings] = await Promise.all([check(token), lint(token, data.knowledge.secrets)]);
  if (mine !== drawing) return;
  drawCheck(checked);
  drawVerdict(token, checked.verification, now);
  drawFindings(findings);
}

function empty() {
  byId("signature").replaceChildren();
  byId("verdict").replaceChildren();
  byId("steps").replaceChildren();
  drawFindings([]);
  byId("count").textContent = "";
}

/** Colours the three parts behind the text. Of an encrypted token, only the header is one of them. @param {string} text */
function colour(text) {
  const sent = text.split(".");
  const of = sent.length < 3 ? [text] : sent.length === 5 ? [sent[0]] : [sent[0], sent[1], sent.slice(2).join(".")];
  const rest = text.slice(of.join(".").length);
  byId("colours").replaceChildren(...of.flatMap((part, i) => (i ? [".", element("span", {}, part)] : [element("span", {}, part)])), rest, "\u200b");
  byId("length").textContent = text ? say("length", text.length) : "";
}

/** @param {Token} token */
function fillEdit(token) {
  for (const name of ["header", "payload"]) field(`edit-${name}`).value = pretty(partOf(token, name).text);
}

/** @param {string} json */
function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** Spaces between members go; numbers and names stay as they are written. @param {string} json */
function compact(json) {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/gs, (_, text) => text ?? "");
}

/** Puts what was changed into the token, under the signature that it had. */
function edited() {
  const signature = field("token").value.trim().split(".").slice(2).join(".");
  field("token").value = `${encode(compact(field("edit-header").value))}.${encode(compact(field("edit-payload").value))}.${signature}`;
  byId("signed").textContent = "";
  return draw({ keepEdit: true });
}

async function signAgain() {
  try {
    if (chosen("keys") !== "secret") throw new Error("no secret");
    field("token").value = await sign(compact(field("edit-header").value), compact(field("edit-payload").value), field("secret").value);
    byId("signed").textContent = say("signed");
  } catch (error) {
    byId("signed").textContent = say(error instanceof SyntaxError ? "not_json" : "cannot_sign");
  }
  await draw({ keepEdit: true });
}

/** Takes the token out of what was pasted or dropped. @param {string} text */
function take(text) {
  field("token").value = find(text).token;
  letGoOfSecret();
  return draw();
}

/** A secret checks nothing but HMAC: for another token, the keys of this server are what there is to begin with. */
function letGoOfSecret() {
  const token = decode(field("token").value.trim());
  if (chosen("keys") === "secret" && token.kind === "jws" && !text(partOf(token, "header"), "alg").startsWith("HS")) choose("keys", "server");
}

/** What is pasted around a token goes; a token that is being changed stays as it is. */
function typed() {
  const { token, place } = find(field("token").value);
  if (place !== "bare") field("token").value = token;
  letGoOfSecret();
  return draw();
}

/** @param {string} name */
function choose(name, value = "") {
  const radio = /** @type {HTMLInputElement} */ (document.querySelector(`[name=${name}][value=${value}]`));
  radio.checked = true;
  showChosen();
}

function showChosen() {
  byId("key-field").hidden = chosen("keys") !== "key";
  byId("secret-field").hidden = chosen("keys") !== "secret";
  byId("explained").hidden = chosen("view") !== "explained";
  byId("edited").hidden = chosen("view") !== "json";
}

async function example() {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "HS256", typ: "at+jwt" };
  const payload = {
    iss: field("issuer").value, sub: "u_5fk2m9qwtz", aud: field("audience").value, client_id: "notes", scope: "notes:read notes:write",
    roles: ["admin"], email: "alice@example.com", jti: "pW3nT6yH1cRk", iat: now - 342, exp: now - 42,
  };
  field("secret").value = "an example of 32 bytes, known to all";
  choose("keys", "secret");
  try {
    await take(await sign(JSON.stringify(header), JSON.stringify(payload), field("secret").value));
  } catch {
    byId("signature").replaceChildren(note("warn", say("unsafe")));
  }
}

/** A token in the fragment is taken out of the address, which others may see. Another fragment is a place on the page. */
function fromAddress() {
  const { token, place } = find(location.hash);
  if (place === "bare") return;
  history.replaceState(null, "", location.pathname);
  field("token").value = token;
}

function listen() {
  field("token").addEventListener("input", typed);
  for (const id of ["issuer", "audience", "key", "secret"]) field(id).addEventListener("input", () => draw({ keepEdit: true }));
  for (const id of ["edit-header", "edit-payload"]) field(id).addEventListener("input", edited);
  byId("sign").addEventListener("click", signAgain);
  byId("example").addEventListener("click", example);
  byId("clear").addEventListener("click", () => (take(""), field("token").focus()));
  for (const name of ["keys", "view"]) {
    for (const radio of document.querySelectorAll(`[name=${name}]`)) {
      radio.addEventListener("change", () => (showChosen(), draw({ keepEdit: true })));
    }
  }
}

/** Anything dropped on the page is taken in, so that the browser does not open it instead. */
function acceptDrops() {
  const paste = /** @type {HTMLElement} */ (field("token").parentElement);
  document.addEventListener("dragover", (event) => (event.preventDefault(), paste.classList.add("over")));
  document.addEventListener("dragleave", () => paste.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    paste.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    const text = file ? await file.slice(0, 1 << 20).text() : (event.dataTransfer?.getData("text/plain") ?? "");
    await take(text);
  });
}

fromAddress();
listen();
acceptDrops();
addEventListener("hashchange", () => (fromAddress(), draw()));
showChosen();
draw();
