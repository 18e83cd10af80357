// Says that a form is under way, and keeps it from being sent twice. The button stays enabled, so that its value is sent along.

/** @type {Map<HTMLFormElement, () => void>} forms under way, and how to give them back */
const sent = new Map();

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLElement) || !button.dataset.busy) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  const words = [...button.childNodes];
  button.setAttribute("aria-busy", "true");
  button.replaceChildren(button.dataset.busy);
  sent.set(form, () => {
    button.removeAttribute("aria-busy");
    button.replaceChildren(...words);
  });
});

// Whoever goes back may meet the page as it was left.
addEventListener("pageshow", () => {
  for (const restore of sent.values()) restore();
  sent.clear();
});
