// The buttons of the time machine, and what it is doing.
import { byId, element, language, say, span } from "./inspect-page.js";
import { announce, dev, rich, timeOf } from "./dev-page.js";

/** @typedef {import("./dev-page.js").Machine} Machine */
/** @typedef {{name: string, press: (m: Machine) => [string, object], on?: (m: Machine) => string | false}} Button */

/** What each button does, and whether it is at work. @type {Button[]} */
const buttons = [
  { name: "expire", press: () => ["expire", {}] },
  { name: "lose", press: (m) => ["lose-refresh", { times: m.lose_refresh ? 0 : 1 }], on: (m) => m.lose_refresh > 0 && say("armed") },
  { name: "storm", press: (m) => ["storm", { requests: m.storm ? 0 : 5 }], on: (m) => m.storm > 0 && say("left", m.storm) },
  { name: "offline", press: (m) => ["offline", { on: !m.offline }], on: (m) => m.offline && say("on") },
  { name: "keys", press: () => ["keys/rotate", {}] },
  { name: "slow", press: (m) => ["keys/delay", { delay: m.keys_delay_seconds ? "0s" : "5s" }], on: (m) => m.keys_delay_seconds > 0 && span(m.keys_delay_seconds) },
];

/** @type {Machine} */
let machine;

/** @param {Machine} state */
export function drawMachine(state) {
  machine = state;
  tick();
  for (const button of buttons) drawButton(button);
}

/** @param {Button} button */
function drawButton({ name, on }) {
  const at = on?.(machine) || "";
  const pressed = byId(`press-${name}`);
  pressed.textContent = say(at ? `undo.${name}` : `do.${name}`);
  byId(`on-${name}`).textContent = at;
  byId(`on-${name}`).hidden = !at;
}

function tick() {
  byId("clock").textContent = timeOf(Date.now() + machine.ahead_seconds * 1000);
  const ahead = machine.ahead_seconds;
  byId("ahead").textContent = ahead === 0 ? say("clock.same") : say(ahead > 0 ? "clock.ahead" : "clock.behind", length(Math.abs(ahead)));
}

/** A length of time in its two largest units. @param {number} seconds */
function length(seconds) {
  const parts = [];
  for (const [unit, size] of /** @type {[string, number][]} */ ([["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]])) {
    const n = Math.floor(seconds / size);
    seconds -= n * size;
    if (n > 0 && parts.length < 2) parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(n));
  }
  return parts.join(" ");
}

/** @param {string} what @param {object} body @param {string} done */
async function press(what, body, done) {
  try {
    drawMachine(await dev(what, body));
    announce(say(done));
  } catch (error) {
    announce(/** @type {Error} */ (error).message);
  }
}

/** @param {string} text @param {() => void} act */
function small(text, act) {
  const button = element("button", { type: "button", class: "button small" }, text);
  button.addEventListener("click", act);
  return button;
}

function build() {
  for (const by of ["-1m", "1m", "24h"]) byId("hands").append(small(say(`clock.${by}`), () => press("clock", { by }, "set")));
  byId("hands").append(small(say("clock.reset"), () => press("clock", { ahead: "0s" }, "set")));
  for (const { name, press: how } of buttons) {
    const button = small("", () => press(...how(machine), `done.${name}`));
    button.id = `press-${name}`;
    button.setAttribute("aria-describedby", `why-${name}`);
    byId("buttons").append(element("li", { class: "press" },
      element("div", {}, element("b", {}, say(`name.${name}`)), " ", element("span", { class: "tag warn", id: `on-${name}` }), element("p", { class: "soft", id: `why-${name}` }, ...rich(say(`why.${name}`)))), button));
  }
  const sessions = element("ul", { class: "list", id: "sessions" });
  byId("buttons").append(element("li", { class: "press" }, element("div", {}, element("b", {}, say("name.end")), element("p", { class: "soft" }, say("why.end"))), small(say("do.list"), () => void list()), sessions));
  setInterval(tick, 1000);
  void list();
}

/** Lists the sessions that live, each with a button that ends it. */
export async function list() {
  const { sessions } = await dev("sessions");
  const rows = sessions.map((/** @type {any} */ s) => {
    const end = small(say("do.end"), async () => {
      await dev("sessions/end", { session: s.id });
      announce(say("done.end"));
      await list();
    });
    end.setAttribute("aria-label", `${say("do.end")}: ${s.user}, ${s.client_id}`);
    return element("li", { class: "press" }, element("span", {}, element("b", {}, s.user), ` · ${s.client_id} · ${say(`keep.${s.keep}`)} · `, element("span", { class: "soft" }, `${browserOf(s.user_agent)} · ${timeOf(new Date(s.seen_at))}`)), end);
  });
  byId("sessions").replaceChildren(...(rows.length ? rows : [element("li", { class: "soft" }, say("no_sessions"))]));
}

/** What a User-Agent header calls itself. @param {string} agent */
const browserOf = (agent) => /(Edg|OPR|Firefox|Chrome|Safari|curl|node|Go-http-client)/.exec(agent)?.[1]?.replace("Edg", "Edge") ?? agent.slice(0, 20);

build();
