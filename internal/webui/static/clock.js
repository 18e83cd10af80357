// Shows times of day in the reader's own zone. The server knows only its own, and names that one.

const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

for (const time of document.querySelectorAll("time.clock")) {
  if (time instanceof HTMLTimeElement) time.textContent = clock.format(new Date(time.dateTime));
}
