// The part of Express that mocks use: routes, routers, parameters, bodies, cookies and answers.
'use strict';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

// compile makes an expression of a path, as Express 4 does: :name, :name?, :name(expression), * and groups.
function compile(path, end) {
  if (path instanceof RegExp) return { re: path, names: [] };
  const names = [];
  let text = String(path).replace(/\/$/, '');
  text = text.replace(/\/?:(\w+)(\(([^)]*)\))?(\?)?|\*|[.+^${}|\\]/g, (all, name, group, inner, optional) => {
    if (name) {
      names.push(name);
      const slash = all[0] === '/' ? '/' : '';
      const one = slash + '(' + (inner || '[^/]+?') + ')';
      return optional ? '(?:' + one + ')?' : one;
    }
    if (all === '*') {
      names.push(String(names.filter((n) => /^\d+$/.test(n)).length));
      return '(.*)';
    }
    if (all === '+') return '+';
    return '\\' + all;
  });
  return { re: new RegExp('^' + text + (end ? '/?$' : '(?=/|$)'), 'i'), names };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

class Layer {
  constructor(path, method, end, handlers) {
    this.method = method;
    this.handlers = handlers;
    this.mount = !end;
    this.patterns = (Array.isArray(path) ? path : [path]).map((p) => compile(p, end));
  }

  match(path) {
    for (const { re, names } of this.patterns) {
      const m = re.exec(path);
      if (!m) continue;
      re.lastIndex = 0;
      const params = {};
      for (let i = 1; i < m.length; i++) {
        if (m[i] !== undefined) params[names[i - 1] === undefined ? i - 1 : names[i - 1]] = decode(m[i]);
      }
      return { params, prefix: m[0] };
    }
    return null;
  }
}

function flat(list) {
  return list.flat(Infinity).map((h) => (typeof h === 'function' ? h : h && h.handle ? h.handle.bind(h) : null)).filter(Boolean);
}

// Router makes a function (req, res, next) that has routes.
function Router() {
  const stack = [];
  const router = function (req, res, next) {
    run(stack, req, res, next);
  };
  router.stack = stack;
  router.params = {};
  for (const method of [...methods, 'all']) {
    router[method] = function (path, ...handlers) {
      if (method === 'get' && typeof path === 'string' && handlers.length === 0) return router.settings && router.settings[path];
      stack.push(new Layer(path, method, true, flat(handlers)));
      return router;
    };
  }
  router.use = function (path, ...handlers) {
    if (typeof path === 'function' || (Array.isArray(path) && typeof path[0] === 'function')) {
      handlers = [path, ...handlers];
      path = '/';
    }
    stack.push(new Layer(path === '/' ? '' : path, 'all', false, flat(handlers)));
    return router;
  };
  router.route = function (path) {
    const chain = {};
    for (const method of [...methods, 'all']) {
      chain[method] = (...handlers) => {
        stack.push(new Layer(path, method, true, flat(handlers)));
        return chain;
      };
    }
    return chain;
  };
  router.param = function (name, handler) {
    stack.push(new Layer('', 'all', false, [(req, res, next) => next()]));
    router.params[name] = handler;
    return router;
  };
  router.runParams = (req, res, params, done) => {
    const pending = Object.keys(params).filter((name) => router.params[name]);
    const step = (err) => {
      const name = pending.shift();
      if (err || !name) return done(err);
      router.params[name](req, res, step, params[name], name);
    };
    step();
  };
  stack.owner = router;
  return router;
}

function run(stack, req, res, done) {
  const outer = { url: req.url, baseUrl: req.baseUrl, params: req.params };
  let i = 0;
  const restore = () => {
    req.url = outer.url;
    req.baseUrl = outer.baseUrl;
    req.params = outer.params;
  };
  const nextLayer = (err) => {
    restore();
    if (err === 'route' || err === 'router') err = undefined;
    while (i < stack.length) {
      const layer = stack[i++];
      if (layer.method !== 'all' && layer.method !== req.method.toLowerCase() && !(layer.method === 'get' && req.method === 'HEAD')) continue;
      const found = layer.match(req.path);
      if (!found) continue;
      req.params = Object.assign({}, outer.params, found.params);
      if (layer.mount && found.prefix) {
        req.baseUrl = outer.baseUrl + found.prefix;
        req.url = outer.url.slice(found.prefix.length) || '/';
        if (req.url[0] !== '/') req.url = '/' + req.url;
      }
      if (err || layer.mount) return handle(layer.handlers, req, res, err, nextLayer);
      return stack.owner.runParams(req, res, found.params, (e) => handle(layer.handlers, req, res, e, nextLayer));
    }
    done(err);
  };
  nextLayer();
}

function handle(handlers, req, res, err, done) {
  let i = 0;
  const next = (e) => {
    if (e === 'route') return done();
    const h = handlers[i++];
    if (!h) return done(e);
    const takesError = h.length === 4;
    if (takesError !== Boolean(e)) return next(e);
    let once = false;
    const proceed = (to) => {
      if (once) return;
      once = true;
      next(to);
    };
    try {
      const out = takesError ? h(e, req, res, proceed) : h(req, res, proceed);
      if (out && typeof out.then === 'function') out.then(undefined, (why) => proceed(why || new Error('rejected without a reason')));
    } catch (thrown) {
      proceed(thrown || new Error('thrown without a reason'));
    }
  };
  next(err);
}

function parseQuery(text) {
  const out = {};
  for (const part of text.split('&')) {
    if (!part) continue;
    const at = part.indexOf('=');
    const name = decode((at < 0 ? part : part.slice(0, at)).replace(/\+/g, ' '));
    const value = at < 0 ? '' : decode(part.slice(at + 1).replace(/\+/g, ' '));
    const place = name.replace(/\]/g, '').split('[');
    let in_ = out;
    for (let i = 0; i < place.length - 1; i++) {
      if (place[i] === '__proto__') return out;
      if (typeof in_[place[i]] !== 'object') in_[place[i]] = place[i + 1] === '' || /^\d+$/.test(place[i + 1]) ? [] : {};
      in_ = in_[place[i]];
    }
    const last = place[place.length - 1];
    if (last === '__proto__') continue;
    if (Array.isArray(in_) && last === '') in_.push(value);
    else if (last in in_) in_[last] = [].concat(in_[last], value);
    else in_[last] = value;
  }
  return out;
}

function parseBody(type, text) {
  if (!text) return {};
  if (/^application\/x-www-form-urlencoded/i.test(type)) return parseQuery(text);
  if (/^[\w.+-]+\/([\w.+-]+\+)?json/i.test(type) || /^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch (why) {
      return /json/i.test(type) ? { __malformed: why } : text;
    }
  }
  return text;
}

function parseCookies(text) {
  const out = {};
  for (const part of (text || '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0) out[part.slice(0, at).trim()] = decode(part.slice(at + 1).trim().replace(/^"(.*)"$/, '$1'));
  }
  return out;
}

class Emitter {
  on(name, do_) {
    ((this.listeners = this.listeners || {})[name] = this.listeners[name] || []).push(do_);
    return this;
  }
  once(name, do_) {
    return this.on(name, do_);
  }
  addListener(name, do_) {
    return this.on(name, do_);
  }
  removeListener(name, do_) {
    if (this.listeners && this.listeners[name]) this.listeners[name] = this.listeners[name].filter((l) => l !== do_);
    return this;
  }
  emit(name, ...args) {
    for (const l of (this.listeners && this.listeners[name]) || []) l(...args);
    return this;
  }
}

class Request extends Emitter {
  constructor(host, app) {
    super();
    this.app = app;
    this.method = host.method;
    this.url = this.originalUrl = host.url;
    this.baseUrl = '';
    this.params = {};
    this.headers = host.headers;
    this.rawBody = host.body;
    this.httpVersion = '1.1';
    this.protocol = 'http';
    this.secure = false;
    this.hostname = (host.headers.host || '').replace(/:\d+$/, '');
    this.ip = host.ip;
    this.socket = this.connection = { remoteAddress: host.ip };
    this.query = parseQuery(this.url.split('?')[1] || '');
    this.cookies = parseCookies(host.headers.cookie);
    this.signedCookies = {};
    const body = parseBody(host.headers['content-type'] || '', host.body);
    if (body && body.__malformed) this.malformed = body.__malformed;
    else this.body = body;
  }
  get path() {
    return this.url.split('?')[0];
  }
  get xhr() {
    return this.headers['x-requested-with'] === 'XMLHttpRequest';
  }
  get(name) {
    name = name.toLowerCase();
    if (name === 'referrer') name = 'referer';
    return this.headers[name];
  }
  header(name) {
    return this.get(name);
  }
  is(type) {
    const have = (this.headers['content-type'] || '').split(';')[0];
    return have === type || have.split('/')[1] === type ? have : false;
  }
  accepts(...types) {
    const want = this.headers.accept || '*/*';
    return types.flat().find((t) => want.includes(t) || want.includes('*/*')) || false;
  }
  param(name) {
    return [this.params, this.body || {}, this.query].map((from) => from[name]).find((v) => v !== undefined);
  }
  setEncoding() {}
  // on gives a body that is here already to who reads it piece by piece.
  on(name, do_) {
    if (name === 'data' && this.rawBody) setTimeout(() => do_(this.rawBody), 0);
    else if (name === 'end') setTimeout(do_, 0);
    else super.on(name, do_);
    return this;
  }
}

const types = {
  html: 'text/html', txt: 'text/plain', text: 'text/plain', json: 'application/json', xml: 'application/xml', js: 'text/javascript',
  css: 'text/css', csv: 'text/csv', png: 'image/png', jpg: 'image/jpeg', svg: 'image/svg+xml', pdf: 'application/pdf', bin: 'application/octet-stream',
};
const reasons = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict', 422: 'Unprocessable Entity', 500: 'Internal Server Error', 503: 'Service Unavailable' };

class Response extends Emitter {
  constructor(host, req) {
    super();
    this.host = host;
    this.req = req;
    this.app = req.app;
    this.statusCode = 200;
    this.statusMessage = '';
    this.headersSent = false;
    this.finished = false;
    this.writableEnded = false;
    this.locals = {};
    this.headers = {};
  }
  status(code) {
    this.statusCode = code;
    return this;
  }
  set(name, value) {
    if (typeof name === 'object') {
      for (const n of Object.keys(name)) this.setHeader(n, name[n]);
      return this;
    }
    return this.setHeader(name, value);
  }
  header(name, value) {
    return this.set(name, value);
  }
  setHeader(name, value) {
    this.headers[name.toLowerCase()] = [name, (Array.isArray(value) ? value : [value]).map(String)];
    return this;
  }
  get(name) {
    const h = this.headers[name.toLowerCase()];
    return h && (h[1].length > 1 ? h[1] : h[1][0]);
  }
  getHeader(name) {
    return this.get(name);
  }
  hasHeader(name) {
    return name.toLowerCase() in this.headers;
  }
  removeHeader(name) {
    delete this.headers[name.toLowerCase()];
  }
  append(name, value) {
    const h = this.headers[name.toLowerCase()];
    return this.setHeader(name, (h ? h[1] : []).concat(value));
  }
  vary(name) {
    return this.append('Vary', name);
  }
  type(name) {
    const full = name.includes('/') ? name : types[name.replace(/^.*\./, '')] || 'application/octet-stream';
    return this.setHeader('Content-Type', /^text\/|json|javascript|xml/.test(full) && !/charset/.test(full) ? full + '; charset=utf-8' : full);
  }
  contentType(name) {
    return this.type(name);
  }
  cookie(name, value, options = {}) {
    let line = name + '=' + encodeURIComponent(typeof value === 'object' ? 'j:' + JSON.stringify(value) : String(value));
    if (options.maxAge !== undefined) line += '; Max-Age=' + Math.floor(options.maxAge / 1000);
    line += '; Path=' + (options.path || '/');
    if (options.expires) line += '; Expires=' + options.expires.toUTCString();
    if (options.httpOnly) line += '; HttpOnly';
    if (options.secure) line += '; Secure';
    if (options.sameSite) line += '; SameSite=' + (options.sameSite === true ? 'Strict' : options.sameSite[0].toUpperCase() + options.sameSite.slice(1));
    return this.append('Set-Cookie', line);
  }
  clearCookie(name, options = {}) {
    return this.cookie(name, '', Object.assign({}, options, { expires: new Date(1) }));
  }
  location(url) {
    return this.setHeader('Location', url === 'back' ? this.req.get('referer') || '/' : url);
  }
  redirect(status, url) {
    if (url === undefined) [status, url] = [302, status];
    if (typeof status === 'string') [status, url] = [url, status];
    this.statusCode = status;
    this.location(url);
    this.end();
  }
  links(links) {
    return this.append('Link', Object.keys(links).map((rel) => '<' + links[rel] + '>; rel="' + rel + '"').join(', '));
  }
  writeHead(status, message, headers) {
    this.statusCode = status;
    const given = typeof message === 'object' ? message : headers;
    if (given) this.set(given);
    return this;
  }
  flushHeaders() {
    this.sendHead();
  }
  sendHead() {
    if (this.headersSent) return;
    this.headersSent = true;
    this.host.head(this.statusCode, Object.values(this.headers));
  }
  write(chunk, encoding, done) {
    if (this.finished) throw new Error('write after the answer has ended');
    this.sendHead();
    this.host.write(chunk);
    const then = typeof encoding === 'function' ? encoding : done;
    if (then) then();
    return true;
  }
  end(chunk) {
    if (this.finished) return this;
    this.sendHead();
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') this.host.write(chunk);
    this.finished = this.writableEnded = true;
    this.host.end();
    this.emit('finish');
    this.emit('close');
    return this;
  }
  json(value) {
    if (typeof value === 'number' && arguments.length === 2) [this.statusCode, value] = [arguments[0], arguments[1]];
    if (this.headersSent) throw new Error('the answer has been sent already');
    if (!this.hasHeader('content-type')) this.type('json');
    const settings = this.app.settings;
    const text = JSON.stringify(value, settings['json replacer'], settings['json spaces']);
    return this.end(text === undefined ? '' : text);
  }
  jsonp(value) {
    const callback = this.req.query[this.app.settings['jsonp callback name'] || 'callback'];
    if (!callback) return this.json(value);
    this.type('js');
    return this.end('/**/ typeof ' + callback.replace(/[^[\]\w$.]/g, '') + " === 'function' && " + callback.replace(/[^[\]\w$.]/g, '') + '(' + JSON.stringify(value) + ');');
  }
  send(value) {
    if (this.headersSent) throw new Error('the answer has been sent already');
    if (typeof value === 'number' && arguments.length === 1) return this.sendStatus(value);
    if (value === undefined || value === null) return this.end();
    if (typeof value === 'object' && !(value instanceof Uint8Array)) return this.json(value);
    if (typeof value === 'boolean' || typeof value === 'number') return this.json(value);
    if (!this.hasHeader('content-type')) this.type(typeof value === 'string' ? 'html' : 'bin');
    return this.end(value);
  }
  sendStatus(code) {
    this.statusCode = code;
    this.type('txt');
    return this.end(reasons[code] || String(code));
  }
  sendFile(name) {
    this.type(String(name));
    return this.end(require('fs').readFileSync(name));
  }
  attachment(name) {
    return this.setHeader('Content-Disposition', name ? 'attachment; filename="' + name + '"' : 'attachment');
  }
  format(by) {
    const type = Object.keys(by).find((t) => t !== 'default' && this.req.accepts(types[t] || t));
    (by[type] || by.default || (() => this.sendStatus(406)))(this.req, this);
    return this;
  }
}

function express() {
  const app = Router();
  app.settings = { env: 'development' };
  app.locals = {};
  app.set = (name, value) => ((app.settings[name] = value), app);
  app.enable = (name) => app.set(name, true);
  app.disable = (name) => app.set(name, false);
  app.enabled = (name) => Boolean(app.settings[name]);
  app.listen = () => app;
  app.engine = () => app;
  return app;
}

const passOn = () => (req, res, next) => next(req.malformed ? Object.assign(req.malformed, { status: 400 }) : undefined);
express.Router = Router;
express.json = express.urlencoded = express.text = express.raw = passOn;
express.static = () => (req, res, next) => next();

// dispatch gives one request of the host to an app.
express.dispatch = function (app, host) {
  const req = new Request(host, app);
  const res = new Response(host, req);
  req.res = res;
  host.closed(() => {
    req.emit('close');
    res.emit('close');
  });
  app(req, res, (err) => {
    if (!err) return host.next();
    if (err.status >= 400 && err.status < 500 && !res.headersSent) return res.status(err.status).json({ message: String(err.message) });
    host.fail(err);
  });
};

// mocks puts mock arrays, as of vue-element-admin (type, url is an expression) and vite-plugin-mock (method, url is a path), on an app.
express.mocks = function (app, list, base) {
  const Mock = require('mockjs');
  for (const mock of list) {
    if (!mock || mock.url === undefined) throw new Error('an item of a mock array has no url');
    const expression = mock.type !== undefined || (mock.method === undefined && /[\\[(^$]|\.\*/.test(mock.url));
    const path = mock.url instanceof RegExp ? mock.url : expression ? new RegExp(mock.url) : base + mock.url;
    const method = String(mock.type || mock.method || 'get').toLowerCase();
    if (mock.enabled === false || mock.disabled === true) continue;
    app[method](path, (req, res, next) => {
      const answer = () => {
        if (mock.rawResponse) return mock.rawResponse(req, res);
        const value = typeof mock.response === 'function' ? mock.response.call({ req, res }, req, res) : mock.response;
        return Promise.resolve(value).then((v) => {
          if (res.headersSent) return;
          if (mock.statusCode) res.status(mock.statusCode);
          res.json(Mock.mock(v));
        });
      };
      if (!mock.timeout) return answer();
      setTimeout(() => {
        try {
          Promise.resolve(answer()).then(undefined, next);
        } catch (why) {
          next(why);
        }
      }, Number(mock.timeout));
    });
  }
};

module.exports = express;
