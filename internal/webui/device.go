package webui

import "strings"

// device is what a User-Agent header says of itself. It is a courtesy for the list of sessions and proves nothing: anybody may send anything.
type device struct {
	icon   string // laptop, phone or terminal
	client string // "Firefox", or "" when unknown
	system string // "Linux", or ""
}

// sign maps a part of the header to a name.
type sign struct{ part, name, icon string }

// programs call by themselves; the header begins with their name.
var programs = []sign{
	{"curl/", "curl", "terminal"},
	{"Wget/", "Wget", "terminal"},
	{"HTTPie/", "HTTPie", "terminal"},
	{"xh/", "xh", "terminal"},
	{"PostmanRuntime/", "Postman", "terminal"},
	{"insomnia/", "Insomnia", "terminal"},
	{"Go-http-client/", "Go", "terminal"},
	{"python-requests/", "Python", "terminal"},
	{"python-httpx/", "Python", "terminal"},
	{"Python-urllib/", "Python", "terminal"},
	{"axios/", "axios", "terminal"},
	{"node", "Node.js", "terminal"},
	{"undici", "Node.js", "terminal"},
	{"Deno/", "Deno", "terminal"},
	{"Bun/", "Bun", "terminal"},
	{"okhttp/", "OkHttp", "terminal"},
	{"Java/", "Java", "terminal"},
	{"Dart/", "Dart", "terminal"},
	{"reqwest/", "Rust", "terminal"},
}

// browsers, the most particular first: nearly all of them also call themselves Chrome, Safari or both.
var browsers = []sign{
	{part: "MicroMessenger/", name: "WeChat"},
	{part: "Edg/", name: "Edge"},
	{part: "EdgA/", name: "Edge"},
	{part: "EdgiOS/", name: "Edge"},
	{part: "OPR/", name: "Opera"},
	{part: "OPT/", name: "Opera"},
	{part: "SamsungBrowser/", name: "Samsung Internet"},
	{part: "Vivaldi/", name: "Vivaldi"},
	{part: "YaBrowser/", name: "Yandex Browser"},
	{part: "UCBrowser/", name: "UC Browser"},
	{part: "QQBrowser/", name: "QQ Browser"},
	{part: "HuaweiBrowser/", name: "Huawei Browser"},
	{part: "MiuiBrowser/", name: "Mi Browser"},
	{part: "DuckDuckGo/", name: "DuckDuckGo"},
	{part: "Ddg/", name: "DuckDuckGo"},
	{part: "FxiOS/", name: "Firefox"},
	{part: "Firefox/", name: "Firefox"},
	{part: "CriOS/", name: "Chrome"},
	{part: "HeadlessChrome/", name: "Chrome"},
	{part: "Chrome/", name: "Chrome"},
	{part: "Safari/", name: "Safari"},
}

// systems, the most particular first: Android says Linux too, and an iPhone says Mac OS X.
var systems = []sign{
	{"iPhone", "iPhone", "phone"},
	{"iPad", "iPad", "phone"},
	{"OpenHarmony", "HarmonyOS", "phone"},
	{"Android", "Android", "phone"},
	{"Windows", "Windows", "laptop"},
	{"CrOS", "ChromeOS", "laptop"},
	{"Macintosh", "Mac", "laptop"},
	{"FreeBSD", "FreeBSD", "laptop"},
	{"OpenBSD", "OpenBSD", "laptop"},
	{"Linux", "Linux", "laptop"},
}

// parseDevice reads a User-Agent header. What it does not know stays empty.
func parseDevice(agent string) device {
	for _, p := range programs {
		if strings.HasPrefix(agent, p.part) {
			return device{icon: p.icon, client: p.name}
		}
	}
	d := device{icon: "laptop"}
	for _, s := range systems {
		if strings.Contains(agent, s.part) {
			d.system, d.icon = s.name, s.icon
			break
		}
	}
	for _, b := range browsers {
		if strings.Contains(agent, b.part) {
			d.client = b.name
			break
		}
	}
	return d
}

// Device says which device a User-Agent header speaks of: "Firefox on Linux", "Linux 上的 Firefox".
func (l Lang) Device(agent string) string {
	d := parseDevice(agent)
	switch {
	case d.client == "" && d.system == "":
		return l.text("device.unknown")
	case d.system == "":
		return d.client
	case d.client == "":
		return l.text("device.both", l.text("device.browser"), d.system)
	}
	return l.text("device.both", d.client, d.system)
}
