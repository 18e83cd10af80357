// Finds the token in whatever was pasted, by the rules of internal/inspector/find.go.

// The header of a token is JSON, so that its base64url begins with "ey". Only the beginnings of words are tried, each once.
const PART = "[A-Za-z0-9_-]*={0,2}";
const CANDIDATE = new RegExp(`(?:^|[^A-Za-z0-9_-])(ey${PART}(?:\\.${PART}){2}(?:(?:\\.${PART}){2})?)`, "g");
const SCHEME = /^(?:authorization\s*:\s*)?(?:(?:bearer|dpop)\s+)?/i;
const AFTER_SCHEME = /\b(?:bearer|dpop)\s+["']?$/i;
const AFTER_NAME = /access_token\\?["']?\s*[:=]\s*\\?["']?$/;
const AFTER_QUERY = /[#?&][A-Za-z0-9_.-]+=$/;
const AFTER_COOKIE = /(?:^|[;\s:'"])[A-Za-z0-9_.-]+=$/;
const LOOK_BACK = 80;

/** @typedef {"bare" | "authorization" | "cookie" | "json" | "address" | "curl" | "amid"} Place */

/**
 * @param {string} text
 * @returns {{token: string, place: Place}} of several tokens the one called access_token, else one after Bearer, else the first
 */
export function find(text) {
  text = text.trim();
  /** @type {{at: number, token: string, rank: number} | undefined} */
  let best;
  for (const match of text.matchAll(CANDIDATE)) {
    const at = match.index + match[0].length - match[1].length;
    const before = text.slice(Math.max(0, at - LOOK_BACK), at);
    const rank = AFTER_NAME.test(before) ? 2 : AFTER_SCHEME.test(before) ? 1 : 0;
    if (!best || rank > best.rank) best = { at, token: match[1], rank };
  }
  if (!best || best.token === text) {
    return { token: text.replace(SCHEME, "").replace(/^["'\s]+|["'\s]+$/g, ""), place: "bare" };
  }
  return { token: best.token, place: placeOf(text, best.at) };
}

/** @param {string} text @param {number} at @returns {Place} */
function placeOf(text, at) {
  const before = text.slice(Math.max(0, at - LOOK_BACK), at);
  if (/^\s*(?:\$\s+)?curl\s/.test(text)) return "curl";
  if (/^\s*[{[]/.test(text)) return "json";
  if (AFTER_SCHEME.test(before)) return "authorization";
  if (AFTER_QUERY.test(before)) return "address";
  if (AFTER_COOKIE.test(before)) return "cookie";
  return "amid";
}
