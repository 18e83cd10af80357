// The part of Mock.js that mocks use: templates with rules ('list|1-10'), placeholders ('@name') and Mock.Random.
'use strict';

const fake = __fake;
const whole = (least, most) => Math.floor(Math.random() * (most - least + 1)) + least;
const pick = (list) => list[whole(0, list.length - 1)];
const upper = (word) => word[0].toUpperCase() + word.slice(1);
const pad = (n, to = 2) => String(n).padStart(to, '0');
const several = (least, most, make) => Array.from({ length: whole(least, most === undefined ? least : most) }, make);
const syllables = 'ba ce di fo gu ha je ki lo mu na pe qi ro su ta ve wi xo yu za'.split(' ');
const hanzi = '的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经'.split('');

let count = 0;

function moment(format, at) {
  const parts = {
    yyyy: at.getFullYear(), yy: String(at.getFullYear()).slice(2), y: String(at.getFullYear()).slice(2), MM: pad(at.getMonth() + 1), M: at.getMonth() + 1,
    dd: pad(at.getDate()), d: at.getDate(), HH: pad(at.getHours()), H: at.getHours(), hh: pad(at.getHours() % 12 || 12), h: at.getHours() % 12 || 12,
    mm: pad(at.getMinutes()), m: at.getMinutes(), ss: pad(at.getSeconds()), s: at.getSeconds(), SS: pad(at.getMilliseconds(), 3), S: at.getMilliseconds(),
    A: at.getHours() < 12 ? 'AM' : 'PM', a: at.getHours() < 12 ? 'am' : 'pm', T: at.getTime(),
  };
  return format.replace(/yyyy|yy|y|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|SS|S|A|a|T/g, (part) => parts[part]);
}

const someday = () => new Date(Math.random() * Date.now());
const unitStart = (unit) => {
  const at = new Date();
  if (unit === 'year') at.setMonth(0, 1);
  if (unit === 'month') at.setDate(1);
  if (unit === 'week') at.setDate(at.getDate() - at.getDay());
  if (/year|month|week|day/.test(unit)) at.setHours(0, 0, 0, 0);
  return at;
};

const Random = {
  boolean: (least = 1, most = 1, current) => (least + most ? Math.random() < least / (least + most) === (current === undefined ? true : current) : false),
  natural: (least = 0, most = Number.MAX_SAFE_INTEGER) => whole(least, most),
  integer: (least = -1e6, most = 1e6) => whole(least, most),
  float: (least = 0, most = 1e6, digitsLeast = 0, digitsMost = 4) => Number((whole(least, most - (most > least ? 1 : 0)) + Math.random()).toFixed(whole(digitsLeast, digitsMost))),
  character: (pool) => {
    const pools = { lower: 'abcdefghijklmnopqrstuvwxyz', upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', number: '0123456789', symbol: '!@#$%^&*()[]' };
    return pick((pools[pool] || pool || Object.values(pools).join('')).split(''));
  },
  string: (...args) => {
    const pool = typeof args[0] === 'string' ? args.shift() : undefined;
    return several(args[0] === undefined ? 3 : args[0], args[1] === undefined ? (args[0] === undefined ? 7 : args[0]) : args[1], () => Random.character(pool)).join('');
  },
  range: (start, stop, step = 1) => {
    if (stop === undefined) [start, stop] = [0, start];
    return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
  },
  date: (format = 'yyyy-MM-dd') => moment(format, someday()),
  time: (format = 'HH:mm:ss') => moment(format, someday()),
  datetime: (format = 'yyyy-MM-dd HH:mm:ss') => moment(format, someday()),
  now: (unit = '', format) => moment(format || (/y|M|d|H|m|s/.test(unit) && !/^(year|month|week|day|hour|minute|second)$/.test(unit) ? unit : 'yyyy-MM-dd HH:mm:ss'), unitStart(unit)),
  word: (least = 3, most = 10) => several(least, most, () => Random.character('lower')).join(''),
  sentence: (least = 12, most = 18) => upper(several(least, most, () => pick(syllables) + pick(syllables)).join(' ')) + '.',
  paragraph: (least = 3, most = 7) => several(least, most, () => Random.sentence()).join(' '),
  title: (least = 3, most = 7) => several(least, most, () => upper(pick(syllables) + pick(syllables))).join(' '),
  cword: (...args) => {
    const pool = typeof args[0] === 'string' ? args.shift().split('') : hanzi;
    return several(args[0] === undefined ? 1 : args[0], args[1] === undefined ? args[0] || 1 : args[1], () => pick(pool)).join('');
  },
  csentence: (least = 12, most = 18) => Random.cword(least, most) + '。',
  cparagraph: (least = 3, most = 7) => several(least, most, () => Random.csentence()).join(''),
  ctitle: (least = 3, most = 7) => Random.cword(least, most),
  first: () => fake('en.first_name'),
  last: () => fake('en.last_name'),
  name: (middle) => [fake('en.first_name'), ...(middle ? [fake('en.middle_name')] : []), fake('en.last_name')].join(' '),
  cfirst: () => fake('zh.last_name'),
  clast: () => fake('zh.first_name'),
  cname: () => fake('zh.name'),
  url: (protocol = 'http', host) => protocol + '://' + (host || Random.domain()) + '/' + Random.word(),
  domain: (tld = 'example') => Random.word() + '.' + tld,
  protocol: () => pick(['http', 'https', 'ftp']),
  tld: () => pick(['example', 'test', 'invalid']),
  email: (domain) => Random.word() + '@' + (domain || Random.domain()),
  ip: () => '192.0.2.' + whole(1, 254),
  region: () => fake('zh.region'),
  province: () => fake('zh.province'),
  city: (prefix) => (prefix ? fake('zh.province_city') : fake('zh.city')),
  county: (prefix) => (prefix ? fake('zh.province_city_district') : fake('zh.district')),
  zip: () => fake('zh.zip'),
  phone: () => fake('zh.phone'),
  color: () => '#' + whole(0, 0xffffff).toString(16).padStart(6, '0'),
  hex: () => Random.color(),
  rgb: () => 'rgb(' + several(3, 3, () => whole(0, 255)).join(', ') + ')',
  image: (size = '300x200') => 'data:image/svg+xml,' + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="' + size.split('x')[0] + '" height="' + size.split('x')[1] + '"><rect width="100%" height="100%" fill="' + Random.color() + '"/></svg>'),
  dataImage: (size) => Random.image(size),
  guid: () => 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => whole(0, 15).toString(16)).toUpperCase(),
  uuid: () => Random.guid(),
  id: () => fake('zh.id_number'),
  increment: (step = 1) => (count += step),
  inc: (step) => Random.increment(step),
  pick: (list, ...rest) => pick(Array.isArray(list) ? list : [list, ...rest]),
  shuffle: (list) => {
    const out = list.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = whole(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  },
  capitalize: upper,
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  extend: (more) => Object.assign(Random, more),
};

const named = (name) => Object.keys(Random).find((k) => k.toLowerCase() === name.toLowerCase());

function parseArgs(text) {
  if (!text || !text.trim()) return [];
  try {
    return new Function('return [' + text + ']')();
  } catch {
    return text.split(',').map((part) => part.trim());
  }
}

// placeholders fills @name and @name(args); a text that is one placeholder keeps the type of its value.
function placeholders(text, context) {
  const one = /^@(\w+)(?:\(([^()]*)\))?$/.exec(text);
  const value = (name, args, all) => {
    const own = named(name);
    if (own) return Random[own](...parseArgs(args));
    if (context && name in context) return context[name];
    return all;
  };
  if (one) return value(one[1], one[2], text);
  return text.replace(/@(\w+)(?:\(([^()]*)\))?/g, (all, name, args) => value(name, args, all));
}

const ruled = /^([^|]*)\|(?:\+(\d+)|(-?\d+)(?:-(-?\d+))?(?:\.(\d+)(?:-(\d+))?)?)$/;
const steps = new WeakMap();

function byRule(template, key, value, rule, context) {
  const [, , step, least, most, digitsLeast, digitsMost] = rule;
  const times = least === undefined ? 1 : whole(Number(least), Number(most === undefined ? least : most));
  if (step !== undefined) {
    const at = steps.get(template) || {};
    steps.set(template, at);
    if (typeof value === 'number') {
      at[key] = key in at ? at[key] + Number(step) : value;
      return at[key];
    }
    at[key] = key in at ? at[key] + Number(step) : 0;
    return generate(value[at[key] % value.length], context);
  }
  if (typeof value === 'number') {
    if (digitsLeast === undefined) return times;
    const digits = whole(Number(digitsLeast), Number(digitsMost === undefined ? digitsLeast : digitsMost));
    return Number(times + '.' + several(digits, digits, () => whole(1, 9)).join(''));
  }
  if (typeof value === 'boolean') return most === undefined ? Math.random() < 0.5 : (Math.random() < least / (Number(least) + Number(most))) === value;
  if (typeof value === 'string') return several(times, times, () => placeholders(value, context)).join('');
  if (Array.isArray(value)) {
    if (least === '1' && most === undefined) return generate(pick(value), context);
    return several(times, times, () => value.map((v) => generate(v, context))).flat();
  }
  if (value && typeof value === 'object') {
    const names = Random.shuffle(Object.keys(value)).slice(0, times);
    return generate(Object.fromEntries(names.map((n) => [n, value[n]])), context);
  }
  return generate(value, context);
}

function generate(template, context) {
  if (typeof template === 'string') return placeholders(template, context);
  if (Array.isArray(template)) return template.map((v) => generate(v, context));
  if (template instanceof RegExp) return fake('regex', template.source);
  if (!template || typeof template !== 'object' || template instanceof Date) return template;
  const out = {};
  const later = [];
  for (const key of Object.keys(template)) {
    if (typeof template[key] === 'function') {
      later.push(key);
      continue;
    }
    const rule = ruled.exec(key);
    out[rule ? rule[1] : key] = rule ? byRule(template, key, template[key], rule, out) : generate(template[key], out);
  }
  for (const key of later) out[key.split('|')[0]] = template[key].call(out, out);
  return out;
}

const Mock = {
  Random,
  mock(...args) {
    if (args.length > 1) return Mock; // intercepting requests in the browser is not for a server
    return typeof args[0] === 'function' ? args[0]() : generate(args[0]);
  },
  setup: () => Mock,
  valid: () => [],
  toJSONSchema: (template) => ({ template }),
};

module.exports = Mock;
