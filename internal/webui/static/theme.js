// Remembers the theme. The style sheet applies a choice at once; the cookie tells the server, so that the next first paint is right:
// on every path, because a page that explains a wrong address may stand on any.

const YEAR = 365 * 24 * 60 * 60;

document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.name !== "theme") return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `lingpai_theme=${target.value}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
});
