// The page of the story: its steps as buttons, Play all, and the list of what passes.
import { byId, element, say } from "./inspect-page.js";
import { clear } from "./dev-lanes.js";
import { reveal, showPassed } from "./dev-detail.js";
import { watch } from "./dev-log.js";
import { announce, known } from "./dev-page.js";
import { before, forget, steps } from "./dev-steps.js";

/** How long a step is looked at before the next is played, in milliseconds. */
const PAUSE = matchMedia("(prefers-reduced-motion: reduce)").matches ? 300 : 900;

/** @type {HTMLButtonElement[]} */
const buttons = steps.map((_, i) => {
  const button = /** @type {HTMLButtonElement} */ (element("button", { type: "button" }, say(`step.${i + 1}`)));
  button.addEventListener("click", () => queue(() => take(i)));
  byId("steps").append(element("li", {}, button));
  return button;
});

/** One thing at a time, in the order in which it was pressed. */
let last = Promise.resolve();

/** @param {() => Promise<void>} work */
function queue(work) {
  last = last.then(work).catch((error) => announce(error.message));
  return last;
}

/** Takes a step, and first those that it stands on. @param {number} i */
async function take(i) {
  for (const earlier of before(i)) await take(earlier);
  buttons[i].setAttribute("aria-busy", "true");
  try {
    await steps[i]();
  } finally {
    buttons[i].removeAttribute("aria-busy");
  }
  for (const button of buttons) button.removeAttribute("aria-current");
  buttons[i].classList.add("done");
  buttons[i].setAttribute("aria-current", "step");
  buttons[i].scrollIntoView({ block: "nearest", inline: "nearest" });
}

async function playAll() {
  const left = buttons.findIndex((button) => !button.classList.contains("done"));
  if (left < 0) await startOver();
  byId("play").setAttribute("aria-busy", "true");
  for (let i = Math.max(left, 0); i < steps.length; i++) {
    await take(i);
    if (i < steps.length - 1) await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  byId("play").removeAttribute("aria-busy");
}

async function startOver() {
  await forget(/** @type {any} */ (chosen()));
  clear();
  for (const button of buttons) {
    button.classList.remove("done");
    button.removeAttribute("aria-current");
  }
}

/** Opens the exchange that the address names by the id of its request, as the `help` of a refusal does. */
async function showNamed() {
  const id = location.hash.slice(1);
  if (!/^[A-Z2-7]{4}-[A-Z2-7]{4}$/.test(id)) return;
  await showPassed(id, id);
  reveal();
}

const chosen = () => /** @type {HTMLInputElement} */ (document.querySelector("[name=keep]:checked")).value;

byId("lane-browser").textContent = byId("lane-lingpai").textContent = location.host;
byId("lane-api").textContent = known.api;
byId("play").addEventListener("click", () => queue(playAll));
byId("over").addEventListener("click", () => queue(startOver));
for (const radio of document.querySelectorAll("[name=keep]")) radio.addEventListener("change", () => queue(startOver));
queue(startOver);
queue(showNamed);
addEventListener("hashchange", () => queue(showNamed));
watch();
