package devserver_test

import (
	"regexp"
	"testing"
)

func TestScriptsInventData(t *testing.T) {
	d := start(t, "seed: 3\nlocale: en\nroutes:\n  - { match: /**, mock: ./m.js }\n", files{"m.js": `const Mock = require('mockjs');
module.exports = [
  { url: '/own', type: 'get', response: () => lingpai.fake('number', 7, 7) + ' ' + lingpai.fake('zh.name') },
  { url: '/mock', type: 'get', response: () => Mock.mock({ name: '@cname', city: '@city(true)', id: '@id', first: '@first' }) },
  { url: '/none', type: 'get', response: () => lingpai.fake('planet') },
]`})
	for path, like := range map[string]string{
		"/own":  `7 \p{Han}{2,4}`,
		"/mock": `"name":"\p{Han}{2,4}","city":"\p{Han}+ \p{Han}+","id":"990000\d{11}[0-9X]","first":"[A-Z][a-z]+"`,
		"/none": `there is no fake \\"planet\\"`,
	} {
		if r := d.get(path); !regexp.MustCompile(like).MatchString(r.body) {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
