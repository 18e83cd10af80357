// Reads the configuration of webpack, Vue CLI or vite: what it says of mocks and proxies, and of nothing else.

// stand gives something that can be called, constructed and asked for members without end, for modules that are not here.
function stand(name) {
  const handler = {
    get(_, key) {
      if (key === Symbol.toPrimitive || key === "toString") return () => "";
      if (key === Symbol.iterator) return function* () {};
      if (key === "then" || key === "__esModule" || typeof key === "symbol") return undefined;
      return stand(key === "default" ? name : name + "." + key);
    },
    apply(_, self, args) {
      if (/define\w*$/.test(name)) return args[0];
      if (/viteMockServe$/.test(name)) return { mocks: args[0] || {} };
      if (/merge\w*$/i.test(name)) return Object.assign({}, ...args);
      if (/loadEnv$/.test(name)) return process.env;
      return stand(name);
    },
    construct: () => stand(name),
    getPrototypeOf: () => new Proxy({}, handler), // by which named imports are found
  };
  return new Proxy(function () {}, handler);
}

// rewriting says how paths are changed: taken off (strip), or by expressions.
function rewriting(context, p, out) {
  const map = p.pathRewrite;
  const f = p.rewrite || (typeof map === "function" ? map : undefined);
  const prefix = context.replace(/^\^/, "").replace(/\/+$/, "");
  if (f) {
    try {
      const to = String(f(prefix + "/x", {}));
      if (to === "/x") out.strip = prefix;
      else if (to.endsWith("/x") && to !== prefix + "/x") out.rewrite = { ["^" + prefix]: to.slice(0, -2) };
      else if (to !== prefix + "/x") out.notes.push("its rewrite is a function that cannot be carried over; write strip or rewrite");
    } catch (e) {
      out.notes.push("its rewrite is a function that fails here (" + e.message + "); write strip or rewrite");
    }
    return;
  }
  const entries = Object.entries(map || {});
  if (entries.length === 1 && entries[0][0].replace(/^\^/, "").replace(/\/+$/, "") === prefix && /^\/?$/.test(entries[0][1])) out.strip = prefix;
  else if (entries.length) out.rewrite = Object.fromEntries(entries.map(([from, to]) => [from, String(to)]));
}

function proxy(context, p) {
  if (typeof p === "string") p = { target: p };
  const target = p.target || p.router;
  const out = { match: context.startsWith("^") ? "~" + context : context.replace(/\/+$/, "") + (/[*{]/.test(context) ? "" : "/**"), target: "", notes: [] };
  out.target = typeof target === "string" ? target : target && target.host ? (target.protocol || "http:") + "//" + target.host + (target.port ? ":" + target.port : "") : "";
  out.target = out.target.replace(/^ws(s?):/, "http$1:");
  if (!out.target) out.notes.push("its target is not known here; write its address");
  rewriting(context, p, out);
  if (!p.changeOrigin) out.host = "keep";
  if (p.secure === false) out.insecure = true;
  if (p.headers) out.headers = Object.fromEntries(Object.entries(p.headers).map(([k, v]) => [k, String(v)]));
  if (p.bypass) out.notes.push("its bypass is a function; put a route before it for what it answers");
  return out;
}

function proxies(all) {
  if (!all) return [];
  if (typeof all === "string") return [proxy("/**", all)];
  const list = Array.isArray(all) ? all : Object.entries(all).map(([context, p]) => (typeof p === "string" ? { context, target: p } : { context, ...p }));
  return list.flatMap((p) => (Array.isArray(p.context) ? p.context : [p.context || "/**"]).map((c) => proxy(String(c), p)));
}

// read makes of a configuration what the dev file needs.
function read(config) {
  const env = { command: "serve", mode: "development", isSsrBuild: false, isPreview: false };
  if (config && config.default) config = config.default;
  if (typeof config === "function") config = config.length > 1 ? config({ development: true }, { mode: "development", env: {} }) : config(env);
  if (Array.isArray(config)) config = config.find((c) => c && c.devServer) || config[0];
  if (!config || typeof config !== "object" || typeof config.then === "function") throw new Error("exports no configuration that can be read; it must be an object, or a function that returns one");
  const vite = !config.devServer;
  const server = config.devServer || config.server || {};
  const out = { app: "http://localhost:" + (parseInt(server.port, 10) || (vite ? 5173 : 8080)), mocks: [], before: [], proxies: proxies(server.proxy), notes: [] };
  for (const name of ["before", "onBeforeSetupMiddleware", "setupMiddlewares", "after", "onAfterSetupMiddleware"]) {
    if (typeof server[name] !== "function") continue;
    const file = __fileOf(server[name]);
    if (file) out.before.push({ file, name });
    else out.notes.push("devServer." + name + " is a function in the configuration; move it into a file of its own, and write: before: ./FILE");
  }
  for (const plugin of (config.plugins || []).flat(9)) {
    if (plugin && plugin.mocks && typeof plugin.mocks === "object") out.mocks.push(String(plugin.mocks.mockPath || "mock"));
  }
  return JSON.stringify(out);
}

module.exports = { stand, read };
