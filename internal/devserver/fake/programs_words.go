package fake

// fileTypes are the end of a name and its media type.
var fileTypes = list{
	en: `7z:application/x-7z-compressed, avi:video/x-msvideo, avif:image/avif, bmp:image/bmp, css:text/css, csv:text/csv,
docx:application/vnd.openxmlformats-officedocument.wordprocessingml.document, epub:application/epub+zip, flac:audio/flac, gif:image/gif,
gz:application/gzip, html:text/html, ics:text/calendar, jpg:image/jpeg, js:text/javascript, json:application/json, md:text/markdown, mp3:audio/mpeg,
mp4:video/mp4, odt:application/vnd.oasis.opendocument.text, ogg:audio/ogg, pdf:application/pdf, png:image/png,
pptx:application/vnd.openxmlformats-officedocument.presentationml.presentation, rtf:application/rtf, svg:image/svg+xml, tar:application/x-tar,
tiff:image/tiff, ttf:font/ttf, txt:text/plain, wasm:application/wasm, wav:audio/wav, webm:video/webm, webp:image/webp, woff2:font/woff2,
xlsx:application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, xml:application/xml, yaml:application/yaml, zip:application/zip`,
}

var (
	fileNames   = list{en: `{noun}.{file_extension}, {noun}_{noun}.{file_extension}, {adjective}-{noun}.{file_extension}, {noun}-{number 1 99}.{file_extension}`}
	directories = list{
		en: `/home/{pinyin}/{domain_word}, /srv/{domain_word}, /var/lib/{domain_word}, /opt/{domain_word}/{noun}, /tmp/{noun}, /usr/share/{noun}`,
		zh: "/home/{pinyin}/文档, /home/{pinyin}/{noun}, /srv/{domain_word}, /var/lib/{domain_word}, /tmp/{noun}",
	}
	filePaths = list{en: "{directory}/{file_name}"}
	fileSizes = list{en: "{number 1 999} B, {float 1 999 1} kB, {float 1 999 1} MB, {float 1 9 1} GB"}
	versions  = list{en: "{number 0 9}.{number 0 20}.{number 0 20}, 1.{number 0 40}.{number 0 9}, 1.0.0-beta.{number 1 9}, {number 1 9}.0.0-rc.{number 1 4}"}
	browsers  = list{en: "Chrome, Firefox, Safari, Edge, Opera, Vivaldi, Brave"}
	databases = list{en: "SQLite, PostgreSQL, MySQL, MariaDB, Redis, MongoDB, Cassandra, CockroachDB, ClickHouse, DuckDB"}
	systems   = list{en: "Linux, Debian 13, Ubuntu 24.04, Fedora 42, Alpine 3.22, FreeBSD 14, Windows 11, macOS 15, iOS 18, Android 16"}
	appNames  = list{
		en: "{Color_word}{Noun}, {Noun}ly, {Noun}Hub, Open{Noun}, {brand}, Quick{Noun}",
		zh: "{adjective}{noun}, {noun}通, {noun}助手, {brand}{noun}, 掌上{noun}",
	}
	appAuthors  = list{en: "{name}, {company}"}
	columns     = list{en: "{en.noun}_id, created_at, updated_at, deleted_at, name, title, status, {en.noun}_count, is_{en.adjective}, {en.noun}, position"}
	columnTypes = list{en: `bigint, boolean, bytea, char, date, decimal, double precision, integer, json, real, smallint, text, time, timestamp, uuid, varchar`}
	crons       = list{en: "{number 0 59} * * * *, {number 0 59} {number 0 23} * * *, */{number 2 30} * * * *, 30 {number 0 23} * * {number 0 6}"}
	branches    = list{en: `main, add-{en.noun}, fix/{en.noun}-{en.noun}, feature/{en.adjective}-{en.noun}, release/{number 1 9}.{number 0 9}`}
)

var programmingLanguages = list{
	en: `Ada, Bash, C, C++, C#, Clojure, COBOL, Crystal, D, Dart, Elixir, Elm, Erlang, F#, Forth, Fortran, Go, Groovy, Haskell, Java, JavaScript, Julia, Kotlin,
Lisp, Lua, Nim, OCaml, Pascal, Perl, PHP, PostScript, Prolog, Python, R, Ruby, Rust, Scala, Scheme, Smalltalk, SQL, Swift, Tcl, TypeScript, Zig`,
}

var commits = list{
	sentences: true,
	en: `{hacker_verb} the {hacker_adjective} {hacker_noun}
fix {hacker_noun} that did not {hacker_verb}
add {hacker_adjective} {hacker_noun}
remove the {hacker_noun} that nobody used
tests: {hacker_verb} the {acronym} {hacker_noun}
{domain_word}: {hacker_verb} the {hacker_noun} once`,
	zh: `修复{hacker_noun}的问题
新增{hacker_adjective}{hacker_noun}
{hacker_verb}{hacker_noun}
删除不再使用的{hacker_noun}
测试：{hacker_verb}{hacker_noun}
优化{hacker_noun}的性能`,
}

var errorTexts = list{
	sentences: true,
	en: `cannot {hacker_verb} the {hacker_noun}: it is {hacker_adjective}
connection to 192.0.2.{number 1 254} was refused
{hacker_noun} timed out after {number 1 60} seconds
no {hacker_noun} with id {number 1 9999}
unexpected end of {file_extension} file at line {number 1 999}
permission denied: {file_path}
too many {hacker_noun}s, try again in {number 1 60} seconds`,
	zh: `无法{hacker_verb}{hacker_noun}
连接 192.0.2.{number 1 254} 被拒绝
{hacker_noun}在{number 1 60}秒后超时
找不到编号为{number 1 9999}的{hacker_noun}
文件第{number 1 999}行意外结束
没有权限：{file_path}
请求过于频繁，请{number 1 60}秒后再试`,
}

var hackerPhrases = list{
	sentences: true,
	en: `If we {hacker_verb} the {hacker_noun}, we get to the {acronym} {hacker_noun} through the {hacker_adjective} {hacker_noun}!
Try to {hacker_verb} the {acronym} {hacker_noun}, maybe it will {hacker_verb} the {hacker_adjective} {hacker_noun}.
You cannot {hacker_verb} the {hacker_noun} without {hacker_ing_verb} the {hacker_adjective} {acronym} {hacker_noun}.
The {acronym} {hacker_noun} is down, {hacker_verb} the {hacker_adjective} one.
{Hacker_ing_verb} the {hacker_noun} will not help, we have to {hacker_verb} the {hacker_adjective} {hacker_noun}!`,
	zh: `只要{hacker_verb}{hacker_noun}，就能通过{hacker_adjective}{hacker_noun}连上 {acronym} {hacker_noun}！
试试{hacker_verb} {acronym} {hacker_noun}，也许能{hacker_verb}{hacker_adjective}{hacker_noun}。
不{hacker_verb}{hacker_noun}，就没法{hacker_verb}{hacker_adjective}{hacker_noun}。
{acronym} {hacker_noun}挂了，先{hacker_verb}{hacker_adjective}的那个。`,
}

var (
	hackerVerbs = list{
		en: `back up, bypass, cache, calculate, compile, compress, connect, copy, decode, deploy, encrypt, generate, hash, index, input, load, log, merge, migrate,
monitor, navigate, optimise, override, parse, patch, profile, program, proxy, quantify, reboot, refactor, replicate, roll back, scan, shard, sign,
stream, synchronise, test, trace, transmit, validate, virtualise`,
		zh: `备份, 绕过, 缓存, 计算, 编译, 压缩, 连接, 复制, 解码, 部署, 加密, 生成, 索引, 加载, 合并, 迁移, 监控, 优化, 覆盖, 解析, 修补, 重启, 重构, 回滚, 扫描,
分片, 签名, 同步, 测试, 追踪, 校验, 虚拟化`,
	}
	hackerGerunds = list{
		en: `backing up, bypassing, caching, compiling, compressing, connecting, copying, decoding, deploying, encrypting, hashing, indexing, merging, migrating,
overriding, parsing, patching, profiling, rebooting, refactoring, scanning, signing, streaming, testing, tracing, validating`,
		zh: `备份, 绕过, 缓存, 编译, 压缩, 连接, 解码, 部署, 加密, 索引, 合并, 迁移, 解析, 修补, 重启, 重构, 扫描, 签名, 测试, 追踪`,
	}
	hackerNouns = list{
		en: `alarm, array, backup, bandwidth, bus, cache, capacitor, card, circuit, cluster, compiler, container, driver, endpoint, feed, firewall, gateway, hash,
interface, kernel, matrix, microchip, monitor, node, packet, panel, pipeline, pixel, port, program, protocol, proxy, queue, router, sensor, server,
session, socket, stream, switch, system, thread, token, transmitter, tunnel`,
		zh: `报警器, 数组, 备份, 带宽, 总线, 缓存, 电路, 集群, 编译器, 容器, 驱动, 接口, 数据流, 防火墙, 网关, 内核, 矩阵, 芯片, 监视器, 节点, 数据包, 面板, 流水线,
像素, 端口, 程序, 协议, 代理, 队列, 路由器, 传感器, 服务器, 会话, 套接字, 交换机, 系统, 线程, 令牌, 隧道`,
	}
	hackerAdjectives = list{
		en: `1080p, auxiliary, back-end, bare-metal, bluetooth, cross-platform, digital, distributed, encrypted, front-end, haptic, headless, immutable, mobile,
multi-byte, neural, offline, online, open-source, optical, primary, read-only, redundant, remote, solid state, stateless, virtual, wireless`,
		zh: `辅助, 后端, 裸机, 蓝牙, 跨平台, 数字, 分布式, 加密, 前端, 无头, 不可变, 移动, 多字节, 神经, 离线, 在线, 开源, 光学, 主, 只读, 冗余, 远程, 固态, 无状态,
虚拟, 无线`,
	}
	acronyms = list{
		en: `ACK, API, ASCII, CPU, CSS, DNS, FTP, GPU, GUI, HDD, HTTP, IMAP, IP, JSON, JWT, OCR, OIDC, PNG, RAM, REST, RSS, SDK, SMTP, SQL, SSD, SSH, SSL, TCP, TLS,
UDP, USB, XML`,
	}
)

// languages are name, code of ISO 639-1, and tag of BCP 47.
var languages = list{
	en: `Arabic:ar:ar-EG, Bengali:bn:bn-BD, Bulgarian:bg:bg-BG, Chinese:zh:zh-CN, Croatian:hr:hr-HR, Czech:cs:cs-CZ, Danish:da:da-DK, Dutch:nl:nl-NL,
English:en:en-US, English:en:en-GB, Estonian:et:et-EE, Finnish:fi:fi-FI, French:fr:fr-FR, German:de:de-DE, Greek:el:el-GR, Hebrew:he:he-IL,
Hindi:hi:hi-IN, Hungarian:hu:hu-HU, Icelandic:is:is-IS, Indonesian:id:id-ID, Irish:ga:ga-IE, Italian:it:it-IT, Japanese:ja:ja-JP, Korean:ko:ko-KR,
Latvian:lv:lv-LV, Lithuanian:lt:lt-LT, Malay:ms:ms-MY, Mongolian:mn:mn-MN, Nepali:ne:ne-NP, Norwegian:nb:nb-NO, Persian:fa:fa-IR, Polish:pl:pl-PL,
Portuguese:pt:pt-BR, Romanian:ro:ro-RO, Slovak:sk:sk-SK, Slovene:sl:sl-SI, Spanish:es:es-ES, Swahili:sw:sw-KE, Swedish:sv:sv-SE, Tamil:ta:ta-IN,
Thai:th:th-TH, Turkish:tr:tr-TR, Ukrainian:uk:uk-UA, Urdu:ur:ur-PK, Vietnamese:vi:vi-VN, Welsh:cy:cy-GB, Zulu:zu:zu-ZA`,
	zh: `中文:zh:zh-CN, 英语:en:en-US, 法语:fr:fr-FR, 德语:de:de-DE, 西班牙语:es:es-ES, 葡萄牙语:pt:pt-BR, 意大利语:it:it-IT, 俄语:ru:ru-RU, 日语:ja:ja-JP,
韩语:ko:ko-KR, 越南语:vi:vi-VN, 泰语:th:th-TH, 马来语:ms:ms-MY, 印尼语:id:id-ID, 印地语:hi:hi-IN, 阿拉伯语:ar:ar-EG, 土耳其语:tr:tr-TR, 波斯语:fa:fa-IR,
希腊语:el:el-GR, 荷兰语:nl:nl-NL, 瑞典语:sv:sv-SE, 芬兰语:fi:fi-FI, 波兰语:pl:pl-PL, 捷克语:cs:cs-CZ, 匈牙利语:hu:hu-HU, 蒙古语:mn:mn-MN,
斯瓦希里语:sw:sw-KE`,
}

var emoji = list{
	en: `😀, 😄, 😂, 🙂, 😉, 😊, 😍, 🤔, 😎, 😴, 🥳, 😇, 🤗, 👍, 👋, 🙌, 👏, 💪, 🙏, ❤️, 💡, 🎉, 🎁, 🎈, ⭐, 🌟, 🔥, ✨, 🌈, ☀️, 🌙, ⛅, ❄️, 🌊, 🍎, 🍊, 🍋, 🍉,
🍇, 🍓, 🍒, 🥑, 🍞, 🧀, 🍕, 🍜, 🍣, 🥟, 🍰, ☕, 🍵, 🐶, 🐱, 🐭, 🐰, 🦊, 🐻, 🐼, 🐨, 🦁, 🐸, 🐢, 🐙, 🦋, 🐝, 🌵, 🌲, 🌻, 🌸, 🍀, 🚀, 🚲, 🚂, ⛵, ✈️, 🏠,
📚, 📷, 🎸, 🎨, ⚽, 🏀, 🏓, ♟️, 🔑, 🔒`,
}
