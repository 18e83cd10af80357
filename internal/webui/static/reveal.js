// Puts a switch beside each password that shows what was typed. It is made here, so it is not there where it would not work.

/** @type {NodeListOf<HTMLInputElement>} */
const secrets = document.querySelectorAll("input[data-show]");

for (const input of secrets) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", input.id);
  const label = input.labels?.[0]?.textContent ?? "";

  /** @param {boolean} shown */
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = (shown ? input.dataset.hide : input.dataset.show) ?? "";
    button.setAttribute("aria-label", `${button.textContent} ${label}`);
  };

  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  // A password manager stores only passwords, and no browser should remember this one as text.
  input.form?.addEventListener("submit", () => show(false));
  input.after(button);
}
