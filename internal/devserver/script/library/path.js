// The part of Node's path that mocks use.
'use strict';

function normalize(path) {
  const out = [];
  for (const part of path.split('/')) {
    if (part === '..' && out.length && out[out.length - 1] !== '..') out.pop();
    else if (part && part !== '.') out.push(part);
  }
  return (path[0] === '/' ? '/' : '') + out.join('/') || '.';
}

const path = {
  sep: '/',
  normalize,
  join: (...parts) => normalize(parts.filter(Boolean).join('/')),
  resolve: (...parts) => parts.reduce((at, part) => (part[0] === '/' ? normalize(part) : normalize(at + '/' + part)), process.cwd()),
  dirname: (name) => name.replace(/\/[^/]*$/, '') || '/',
  basename: (name, end = '') => name.replace(/^.*\//, '').replace(new RegExp(end.replace(/\./g, '\\.') + '$'), ''),
  extname: (name) => (/[^/.](\.[^/.]*)$/.exec(name) || ['', ''])[1],
  isAbsolute: (name) => name[0] === '/',
};
path.posix = path;
module.exports = path;
