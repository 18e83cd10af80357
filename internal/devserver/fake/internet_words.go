package fake

var (
	domains        = list{en: "{domain_word}.example.com, {domain_word}.example.org, {domain_word}.example.net"}
	domainSuffixes = list{en: "com, org, net, example, test"} // what stands before them here is example, or they are kept for tests
	urls           = list{en: "https://{domain_name}/{url_path}, https://{domain_name}/, https://{domain_name}/{slug}"}
	urlPaths       = list{en: "{domain_word}, {domain_word}/{slug}, {domain_word}/{number 1 9999}, {domain_word}/{domain_word}/{slug}"}
	protocols      = list{en: "http, https, ws, wss, ftp"}
	methods        = list{en: "GET, POST, GET, PUT, GET, PATCH, POST, DELETE, HEAD, OPTIONS"}
	httpVersions   = list{en: "HTTP/1.0, HTTP/1.1, HTTP/2, HTTP/3"}
	logLevels      = list{en: "info, debug, info, trace, info, warn, error, fatal"}
	objectIDs      = list{en: "{hex 24}"}
	md5Sums        = list{en: "{hex 32}"}
	sha1Sums       = list{en: "{hex 40}"}
	sha256Sums     = list{en: "{hex 64}"}
	slugWords      = list{en: "{noun}, {adjective}, {verb}, {color_word}"}

	// The networks of RFC 5737, which documents may use.
	ipv4     = list{en: "192.0.2.{number 1 254}, 198.51.100.{number 1 254}, 203.0.113.{number 1 254}"}
	networks = list{en: "192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 192.0.2.128/25, 198.51.100.64/26, 2001:db8::/32"}
)

var domainWords = list{
	en: `about, account, admin, api, app, archive, articles, assets, auth, billing, blog, calendar, careers, cart, cdn, chat, cloud, community, contact,
dashboard, data, demo, dev, docs, download, events, faq, files, forum, gallery, help, home, images, jobs, learn, library, live, mail, maps, media,
members, mobile, music, news, notes, office, orders, photos, portal, posts, press, pricing, products, profile, projects, reports, search, services,
settings, shop, staging, static, status, store, support, team, tickets, today, tools, travel, users, video, wiki, work`,
}

var statuses = list{
	en: `200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 418, 422, 425, 429, 500, 501, 502, 503,
504`,
}

var headers = list{
	en: `Accept, Accept-Encoding, Accept-Language, Age, Allow, Authorization, Cache-Control, Content-Encoding, Content-Length, Content-Type, Cookie, Date, ETag,
Expires, Host, If-Match, If-Modified-Since, If-None-Match, Last-Modified, Link, Location, Origin, Range, Referer, Retry-After, Server, Set-Cookie,
User-Agent, Vary, WWW-Authenticate`,
}

var userAgents = list{
	sentences: true,
	en: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number 120 140}.0.0.0 Safari/537.36
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number 120 140}.0.0.0 Safari/537.36
Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number 120 140}.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number 120 140}.0.0.0 Safari/537.36 Edg/{number 120 140}.0.0.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{number 120 140}.0) Gecko/20100101 Firefox/{number 120 140}.0
Mozilla/5.0 (X11; Linux x86_64; rv:{number 120 140}.0) Gecko/20100101 Firefox/{number 120 140}.0
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{number 16 18}.{number 0 6} Safari/605.1.15
Mozilla/5.0 (iPhone; CPU iPhone OS 18_{number 0 6} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{number 0 6} Mobile/15E148 Safari/604.1`,
}
