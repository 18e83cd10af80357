// Shows the next letter as soon as it is caught.
const shown = Number(document.getElementById("newest")?.dataset.mail);
const events = new EventSource("/auth/dev/api/events?since=9007199254740991");
events.addEventListener("state", (event) => {
  if (JSON.parse(event.data).dev.mail !== shown) location.replace("/auth/dev/mail");
});
