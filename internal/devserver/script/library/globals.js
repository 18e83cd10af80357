// What scripts expect of Node beside modules.
'use strict';

const show = (v) => {
  if (typeof v === 'string') return v;
  if (v instanceof Error) return String(v.stack || v);
  try {
    const text = JSON.stringify(v);
    return text === undefined ? String(v) : text;
  } catch {
    return String(v);
  }
};
globalThis.global = globalThis;
globalThis.console = {};
for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'table', 'dir']) {
  console[level] = (...args) => __console(level, args.map(show).join(' '));
}
console.time = console.timeEnd = console.group = console.groupEnd = console.assert = () => {};
globalThis.process = {
  env: { NODE_ENV: 'development' }, argv: ['node', 'mock'], platform: 'linux', version: 'v20.0.0', versions: { node: '20.0.0' },
  cwd: () => __root, nextTick: (do_, ...args) => Promise.resolve().then(() => do_(...args)), on: () => process, exit: () => {
    throw new Error('a mock cannot end the server');
  },
};
globalThis.queueMicrotask = (do_) => Promise.resolve().then(do_);
globalThis.structuredClone = (v) => JSON.parse(JSON.stringify(v));
globalThis.btoa = (text) => __encode(text, 'latin1', 'base64');
globalThis.atob = (text) => __encode(text, 'base64', 'latin1');
globalThis.Buffer = {
  from: (text, encoding = 'utf8') => ({ toString: (to = 'utf8') => __encode(String(text), encoding, to), length: String(text).length }),
  isBuffer: () => false,
};

// lingpai signs people in and judges tokens, all of it real. What is refused is thrown, with code and status of the refusal.
const ask = (method, path, token, body) => {
  const { status, body: text } = __lingpai(method, path, token || '', body ? JSON.stringify(body) : '');
  const value = text ? JSON.parse(text) : null;
  if (status >= 400) throw Object.assign(new Error(value.detail), { code: value.code, status });
  return value;
};
const invent = __fake;
globalThis.lingpai = {
  signIn: (username, password) => ask('POST', '/auth/api/login', '', { username: String(username), password: String(password), keep: 'storage' }),
  refresh: (token) => ask('POST', '/auth/api/refresh', '', { refresh_token: String(token) }),
  verify: (token) => ask('GET', '/auth/api/me', token),
  signOut: (token) => ask('POST', '/auth/api/logout', token, { scope: 'this' }),
  fake: (kind, ...args) => invent(String(kind), ...args.map(String)),
};

// One text must not fill the memory before the limit can be felt.
const longest = 64 << 20;
for (const [name, length] of [['repeat', (text, n) => text.length * n], ['padStart', (text, n) => n], ['padEnd', (text, n) => n]]) {
  const original = String.prototype[name];
  String.prototype[name] = function (n, ...rest) {
    if (length(String(this), n) > longest) throw new RangeError('a text of more than 64 MiB');
    return original.call(this, n, ...rest);
  };
}
