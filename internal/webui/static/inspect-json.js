// Reads JSON as strictly as internal/strictjson, and shows also what a strict reader refuses.

const MAX_DEPTH = 16;
const MAX_MEMBERS = 256;
const MAX_NUMBER = 32;

/** @typedef {{name: string, raw: string, value: unknown}} Member */

/**
 * Splits an object into its members, as far as it reads. A name that occurs twice is there twice.
 * @param {string} text
 * @returns {Member[]}
 */
export function members(text) {
  const found = [];
  for (const raw of pieces(text, "{")) {
    const name = /^\s*("(?:[^"\\]|\\.)*")\s*:/s.exec(raw);
    if (!name || found.length === MAX_MEMBERS) break;
    const value = raw.slice(name[0].length).trim();
    try {
      found.push({ name: JSON.parse(name[1]), raw: value, value: JSON.parse(value) });
    } catch {
      break;
    }
  }
  return found;
}

/**
 * Splits the inside of an object or array at its commas.
 * @param {string} text
 * @param {"{" | "["} bracket
 * @returns {string[]}
 */
function pieces(text, bracket) {
  const found = [];
  let depth = 0;
  let start = text.search(/\S/) + 1;
  if (text[start - 1] !== bracket) return [];
  for (let i = start - 1; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      i = endOfString(text, i);
    } else if (c === "{" || c === "[") {
      depth++;
    } else if (c === "}" || c === "]") {
      depth--;
    }
    if (depth === 0 || (depth === 1 && c === ",")) {
      found.push(text.slice(start, i));
      start = i + 1;
    }
    if (depth === 0) break;
  }
  if (depth > 0) found.push(text.slice(start));
  return found.length === 1 && found[0].trim() === "" ? [] : found;
}

/** @param {string} text @param {number} i the place of the first quote */
function endOfString(text, i) {
  for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
  return i;
}

/** @param {string} text */
export function isObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * Says whether a strict reader takes the text for an object.
 * @param {string} text
 */
export function isStrictObject(text) {
  return isObject(text) && !text.startsWith("\ufeff") && strict(text.trim(), 1);
}

/** @param {string} text valid JSON @param {number} depth @returns {boolean} */
function strict(text, depth) {
  switch (text[0]) {
    case "{":
      return depth <= MAX_DEPTH && strictObject(text, depth);
    case "[":
      return depth <= MAX_DEPTH && pieces(text, "[").every((each) => strict(each.trim(), depth + 1));
    case '"':
      return JSON.parse(text).isWellFormed?.() ?? true;
    case "t":
    case "f":
    case "n":
      return true;
  }
  return text.length <= MAX_NUMBER && Number.isFinite(Number(text));
}

/** @param {string} text @param {number} depth */
function strictObject(text, depth) {
  const all = members(text);
  const names = new Set(all.map(({ name }) => fold(name)));
  return (
    names.size === all.length &&
    pieces(text, "{").length === all.length &&
    all.every(({ name, raw }) => (name.isWellFormed?.() ?? true) && strict(raw, depth + 1))
  );
}

/** Two names fold to one when they differ only in letter case. @param {string} name */
export function fold(name) {
  return name.toUpperCase().toLowerCase();
}
