// Copies the link or the code of a letter, and shows the next letter as soon as it is caught.
const said = document.getElementById("said");

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-copy]"))) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = button.dataset.copied ?? "";
    if (said) said.textContent = button.textContent;
    setTimeout(() => (button.textContent = words), 2000);
  });
}

const shown = Number(document.getElementById("newest")?.dataset.mail);
const events = new EventSource("/auth/dev/api/events?since=9007199254740991");
events.addEventListener("state", (event) => {
  if (JSON.parse(event.data).dev.mail === shown) return;
  const as = new URLSearchParams(location.search).get("as");
  location.replace(`/auth/dev/mail${as ? `?as=${as}` : ""}`);
});
