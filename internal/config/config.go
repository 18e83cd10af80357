package config

import (
	"net/netip"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
)

// Config is the whole configuration. The comment of a field is its entry in the manual, docs/configuration.md, which a test makes
// of this file; the `yaml` tag is its key.
//
// A Config from [Load] is valid and is not changed any more, so it may be shared.
type Config struct {
	// The address to listen on, as `host:port`. `localhost` listens on both loopback families. A host that other machines can reach
	// needs `issuer`. Port `0` takes any free port.
	Listen string `yaml:"listen"`

	// The public origin of this server, such as `https://login.example.com`: it stands in every token as `iss`, and clients find
	// everything else from it. Scheme, host and, where needed, port; no path and no slash at the end. `http` is accepted for loopback hosts only.
	// Left empty, it is `http://localhost:PORT` (`https` with `tls`), provided that `listen` is a loopback address.
	Issuer string `yaml:"issuer"`

	// What the pages call this server, or the app that it signs people in to.
	Name string `yaml:"name"`

	// The folder that holds the embedded database and the master key. Left empty, it is `$XDG_DATA_HOME/lingpai`, else
	// `~/.local/share/lingpai`, else `./lingpai-data`.
	Data string `yaml:"data" kind:"path"`

	// Where the data is kept. Left empty: SQLite in the data folder. `postgres://user:password@host/name` keeps it in PostgreSQL, which
	// several nodes may share. It can hold a password, so it is shown without.
	Database secret.String `yaml:"database"`

	// A file with the master key that seals the signing keys in the database: 32 bytes as base64 or hex, readable by its owner only.
	// Left empty, the key is `master.key` in the data folder, made on first start. Keep a copy apart from the database's backups.
	MasterKeyFile string `yaml:"master_key_file" kind:"path"`

	// The master key itself, for places that hand secrets over in the environment. It is taken from the environment only; in a file or
	// a command line it would be read by too many.
	MasterKey secret.String `yaml:"master_key" kind:"environment"`

	// Addresses or networks (CIDR) of the reverse proxies in front of this server. Only from them is `X-Forwarded-For` believed. Left
	// empty, the client's address is that of the connection.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`

	// HTTPS without a proxy in front.
	TLS TLS `yaml:"tls"`
	// Where clients that show certificates call: mutual TLS (RFC 8705). Off while `listen` is empty.
	MTLS MTLS `yaml:"mtls"`
	// Pages of other origins that may call this server.
	CORS CORS `yaml:"cors"`
	// Access tokens.
	Token Token `yaml:"token"`
	// How long people stay signed in.
	Session Session `yaml:"session"`
	// Passwords and the work that goes into checking them.
	Password Password `yaml:"password"`
	// The second factor: [Two-step sign-in](two-step.md). People may turn it on for themselves.
	SecondFactor SecondFactor `yaml:"second_factor"`
	// How fast passwords may be tried. Each limit lets `burst` tries through at once, then one `every` so often. A sign-in that
	// succeeds does not count. Reaching a limit only ever delays; nobody is locked out.
	Throttle Throttle `yaml:"throttle"`
	// The keys that tokens are signed with.
	Keys Keys `yaml:"keys"`
	// Apps that people sign in to, and programs that act for themselves. They cannot be changed by commands or by themselves. In the file only.
	Clients []Client `yaml:"clients"`
	// Other OpenID providers that people may sign in through: [Providers](providers.md).
	Providers []Provider `yaml:"providers"`
	// The mail server that letters go out by: [Mail](mail.md). Without one, nothing is offered that needs a letter.
	Mail Mail `yaml:"mail"`
	// Whether people make accounts of their own: [Sign-up](sign-up.md).
	SignUp SignUp `yaml:"sign_up"`
	// How addresses are called that clients and their metadata name.
	Fetch Fetch `yaml:"fetch"`
	// Clients that bring themselves along. Both ways are off unless they are switched on.
	Registration Registration `yaml:"registration"`
	// How other servers follow what was called back.
	Revocations Revocations `yaml:"revocations"`
	StatusLists StatusLists `yaml:"status_lists"`
	// The streams by which open tabs learn at once that their session is over.
	Events Events `yaml:"events"`
	// Apps that know nothing of login, behind this one: [Gateway](gateway.md).
	Gateway Gateway `yaml:"gateway"`
	// How long records of the past are kept.
	Retention Retention `yaml:"retention"`
	// The log, written to standard error.
	Log Log `yaml:"log"`
	// Figures for Prometheus, and pprof.
	Metrics Metrics `yaml:"metrics"`
	// What became of requests, part by part, for an OpenTelemetry collector: [Traces](operations.md#traces).
	Traces Traces `yaml:"traces"`
	// How long one HTTP exchange may take, so that slow clients cannot hold the server.
	Limits Limits `yaml:"limits"`
	// How the server stops.
	Shutdown Shutdown `yaml:"shutdown"`

	// origins says where each value that is not a default came from. Items of a list have their own entry, as `cors.origins[1]`.
	origins map[string]Origin
}

// TLS names the certificate.
type TLS struct {
	// The certificate chain in PEM, the server's own first. The files are read again when they change.
	Certificate string `yaml:"certificate" kind:"path"`
	// The private key in PEM.
	Key string `yaml:"key" kind:"path"`
}

// MTLS is the listener that asks for certificates.
type MTLS struct {
	// A second address to listen on, as `host:port`. Clients are asked for a certificate there, and find it by `mtls_endpoint_aliases`; browsers never
	// are, since all that is for them stays at `listen`. The server's own certificate is that of `tls`.
	Listen string `yaml:"listen"`
	// The origin by which clients reach it. Left empty, it is the host of `issuer` and the port of `listen`.
	Origin string `yaml:"origin"`
	// A file with the certificates (PEM) of the authorities that sign those of clients with `tls_client_auth`. Whom they sign a certificate for may
	// be any such client, by the name in it: so take an authority of your own, and not a public one. Clients with
	// `self_signed_tls_client_auth` need none. Revocation lists are not read. The file is read at the start.
	Authorities string `yaml:"authorities" kind:"path"`
}

// CORS names who may call from other origins.
type CORS struct {
	// Exact origins, such as `https://app.example.com` or `http://localhost:5173`. Wildcards are refused.
	Origins []string `yaml:"origins"`
}

// Token is about access tokens.
type Token struct {
	// How long an access token is good for. Clients refresh by themselves; a logout is felt at once whatever stands here.
	// It may be changed at any time, and differ from node to node: a logout is remembered for as long as the longest token that may be about.
	Lifetime Duration `yaml:"lifetime"`
	// The signature algorithm: `ES256`, `EdDSA` or `RS256`. A change takes effect with the next key; `lingpai key rotate` makes it now.
	Algorithm string `yaml:"algorithm"`
	// Who the tokens are meant for (`aud`). Left empty: the issuer.
	Audience []string `yaml:"audience"`
}

// Session is about staying signed in.
type Session struct {
	// A session ends when it is not used for this long.
	Idle Duration `yaml:"idle"`
	// A session ends this long after the sign-in, whatever happens.
	Lifetime Duration `yaml:"lifetime"`
	// Like `idle`, for a browser sign-in without "stay signed in".
	ShortIdle Duration `yaml:"short_idle"`
	// Like `lifetime`, for a browser sign-in without "stay signed in".
	ShortLifetime Duration `yaml:"short_lifetime"`
	// How long the previous refresh token is still answered, with the same successor, after the client has confirmed the new one.
	Overlap Duration `yaml:"overlap"`
	// How long the previous refresh token is still answered, with the same successor, for clients that do not confirm. Too short logs
	// out people whose answer got lost; too long gives a thief time.
	Grace Duration `yaml:"grace"`
	// How many sessions one account may have at a time. The next sign-in ends the one that was seen least recently.
	MaxPerUser int `yaml:"max_per_user"`
}

// Password is about passwords.
type Password struct {
	// The least number of characters of a new password. There are no other rules of composition. Less than 15 is for passwords that do not stand
	// alone: those of a server whose `second_factor.required_for` is `"*"`. Elsewhere `lingpai doctor` warns of it.
	MinLength int `yaml:"min_length"`
	// A list of passwords that were stolen elsewhere: SHA-1 hashes in ascending order, one a line, as
	// [the downloader of Have I Been Pwned](https://github.com/HaveIBeenPwned/PwnedPasswordsDownloader) writes it. New passwords on it are
	// refused.
	BreachedFile string `yaml:"breached_file" kind:"path"`
	// A service to ask instead, by the range protocol of Have I Been Pwned, such as `https://api.pwnedpasswords.com/range/`. It is told 5 of
	// the 40 digits of a hash. While it does not answer, passwords are accepted, and the log says so.
	BreachedService string `yaml:"breached_service"`
	// Memory of one Argon2id hash, in KiB. Existing hashes are brought up to date as people sign in.
	Argon2MemoryKiB int `yaml:"argon2_memory_kib"`
	// Passes of one Argon2id hash over its memory.
	Argon2Time int `yaml:"argon2_time"`
	// Lanes of one Argon2id hash. They are computed one after the other; the hashes of several people run side by side.
	Argon2Threads int `yaml:"argon2_threads"`
	// How many passwords are hashed at the same time. `0`: as many as there are cores.
	Concurrency int `yaml:"concurrency"`
	// How many sign-ins may wait for their turn; one more is answered with 503 and when to come back.
	Queue int `yaml:"queue"`
}

// SecondFactor is about what people show besides their password.
type SecondFactor struct {
	// Roles of which nobody is signed in by a password alone; `"*"` stands for everybody. Who has such a role and no second factor is led to set one
	// up as they sign in, before anything else. Who signs in through another provider shows there what it asks for. It is asked for at the sign-in: a
	// session that is open when the role is given, or named here, goes on with it; `lingpai doctor` says whose, and `lingpai session end --user NAME`
	// ends theirs.
	RequiredFor []string `yaml:"required_for"`
}

// Throttle slows down guessing.
type Throttle struct {
	// Tries from one address (IPv6: one /64 network) at once.
	AddressBurst int `yaml:"address_burst"`
	// The pace after that.
	AddressEvery Duration `yaml:"address_every"`
	// Tries for one account, from all devices that have not signed in to it before, at once.
	AccountBurst int `yaml:"account_burst"`
	// The pace after that.
	AccountEvery Duration `yaml:"account_every"`
	// Tries for one account from a device that has signed in to it before, at once. It is counted apart, so that a flood of guesses
	// from elsewhere does not keep the owner out.
	DeviceBurst int `yaml:"device_burst"`
	// The pace after that.
	DeviceEvery Duration `yaml:"device_every"`
	// Tries for one account in the long run, beside both limits above; it bounds an attack that lasts for days.
	SustainedBurst int `yaml:"sustained_burst"`
	// The pace after that.
	SustainedEvery Duration `yaml:"sustained_every"`
}

// Keys is about signing keys.
type Keys struct {
	// How long one key signs before its successor takes over.
	RotateEvery Duration `yaml:"rotate_every"`
	// How long a new key is published before it signs, so that every API has fetched it by then.
	PublishBefore Duration `yaml:"publish_before"`
}

// Mail is about letters to people: forgotten passwords, confirmed addresses, and what they should know of their account.
type Mail struct {
	// The mail server: `smtp://HOST` (port 587, and TLS by STARTTLS or nothing), or `smtps://HOST` (port 465, TLS from the first byte on); a port may
	// follow the host. A server on this machine, such as `smtp://localhost:25`, is spoken to in the clear. Left empty, no letters are sent.
	Server string `yaml:"server"`
	// The name that this server shows there. Left empty, it shows none.
	Username string `yaml:"username"`
	// A file with the password for it, on one line.
	PasswordFile string `yaml:"password_file" kind:"path"`
	// The password itself, where the configuration is as safe as a secret must be, or in the environment.
	Password secret.String `yaml:"password"`
	// Who letters come from: an address of yours, such as `no-reply@example.com`, or with a name, `Notes <no-reply@example.com>`.
	// Without one, the name is that of `name`.
	From string `yaml:"from"`
	// Whether people are told by mail when somebody signs in to their account from a new place, and when its password, its address or its second
	// factor has changed.
	Notices bool `yaml:"notices"`
	// `true` speaks in the clear with a server on another machine: whoever is on the way reads the letters, opens the links in them, and learns the
	// password of the mail server.
	InsecurePlaintext bool `yaml:"insecure_plaintext"`
}

// SignUp is about accounts that people make for themselves.
type SignUp struct {
	// `true` lets whoever reads the mail of an address make an account with it, from the sign-in page. It needs `mail.server`.
	Enabled bool `yaml:"enabled"`
	// Which addresses may: those of exactly these domains, such as `example.com`, which does not include `mail.example.com`. Left empty: all.
	Domains []string `yaml:"domains"`
	// The roles that a new account begins with. `admin` is refused.
	Roles []string `yaml:"roles"`
}

// Fetch is about calls to addresses that others name, such as the key set of a client.
type Fetch struct {
	// `true` lets this server call addresses of its own machine, by http too, for development. Otherwise only https and the public internet are
	// called, so that nobody who can name an address reaches what stands beside the server. Accepted only while the server itself goes by an
	// address of this machine.
	InsecureLoopback bool `yaml:"insecure_loopback"`
}

// Registration is about clients that no operator has added. Such a client is never first-party, acts for people alone, and people are told that
// nobody has checked it.
type Registration struct {
	// `true` lets programs register themselves as clients at `/auth/register` (RFC 7591), each with an initial access token that
	// `lingpai client invite` makes.
	Enabled bool `yaml:"enabled"`
	// `true` lets anybody register clients, without an initial access token. It is slowed down by address, and by nothing else.
	InsecureOpen bool `yaml:"insecure_open"`
	// `true` takes the https address of a document that describes a client as a client id (Client ID Metadata Documents, an IETF draft).
	Documents bool `yaml:"documents"`
}

// Revocations is about the feed that lets other servers refuse a token as soon as it is called back.
type Revocations struct {
	// How many servers may follow this node at a time; one more is answered with 503.
	Subscribers int `yaml:"subscribers"`
	// How many of them may come from one address (IPv6: one /64 network). Servers behind one NAT come from one address.
	SubscribersPerAddress int `yaml:"subscribers_per_address"`
}

// StatusLists is about Token Status Lists (an IETF draft), by which APIs without the Go package learn of a logout within a minute.
type StatusLists struct {
	// How many lists there are, at most 64; 0 for none. Each has room for half a million sessions, and tokens say on which theirs stands.
	// Sessions that began without lists are on none.
	Count int `yaml:"count"`
	// How long an API may use a list before it fetches it again: a logout is missed for so long.
	TTL Duration `yaml:"ttl"`
}

// Events is about the streams of events for open tabs.
type Events struct {
	// How many tabs may listen to this node at a time; one more is answered with 503, and does without. Each takes some 40 kB of memory.
	Streams int `yaml:"streams"`
	// How many tabs of one session may.
	StreamsPerSession int `yaml:"streams_per_session"`
}

// Retention is about what is kept for looking back.
type Retention struct {
	// How long the audit log is kept. `0s`: for ever.
	Audit Duration `yaml:"audit"`
	// How long sessions that are over stay listed.
	Sessions Duration `yaml:"sessions"`
}

// Log is about the log.
type Log struct {
	// The least severe level to write: `debug`, `info`, `warn` or `error`.
	Level string `yaml:"level"`
	// `text` for people, `json` for machines.
	Format string `yaml:"format"`
}

// Metrics is about figures.
type Metrics struct {
	// The address of `/metrics` and `/debug/pprof`, such as `localhost:4402`: loopback only, because it has no login. Left empty: off.
	Listen string `yaml:"listen"`
}

// Traces is about spans.
type Traces struct {
	// The collector that spans are sent to, by OTLP over HTTP, such as `http://localhost:4318`; `/v1/traces` is added. Left empty: off.
	Endpoint string `yaml:"endpoint"`
	// Which share of the requests is traced, from `0` to `1`. A request that a proxy in `trusted_proxies` says is traced, or is not, is not asked again.
	Sample Share `yaml:"sample"`
	// Headers that the collector wants to see, as `name=value`, with commas between them: the form of `OTEL_EXPORTER_OTLP_HEADERS`. They mostly hold a key,
	// so they are not shown, and are sent by https or to this machine only.
	Headers secret.String `yaml:"headers"`
}

// Limits bounds one HTTP exchange.
type Limits struct {
	// From the first byte of a request to the end of its header.
	Header Duration `yaml:"header"`
	// From the first byte of a request to the end of its body.
	Request Duration `yaml:"request"`
	// From the end of the header to the end of the answer.
	Answer Duration `yaml:"answer"`
	// How long a connection stays open between requests.
	Idle Duration `yaml:"idle"`
}

// Shutdown is about stopping.
type Shutdown struct {
	// How long `/readyz` says no while everything else is still answered, so that a load balancer can look elsewhere first.
	Delay Duration `yaml:"delay"`
	// How long requests that have begun may take to end.
	Drain Duration `yaml:"drain"`
}

// Default returns the configuration of a server that was told nothing. Data stays empty; [Load] settles it from the environment.
func Default() *Config {
	return &Config{
		Listen: "localhost:4401",
		Name:   "Lingpai",
		Token:  Token{Lifetime: Duration(5 * time.Minute), Algorithm: "ES256"},
		Session: Session{
			Idle: Duration(30 * day), Lifetime: Duration(90 * day),
			ShortIdle: Duration(12 * time.Hour), ShortLifetime: Duration(24 * time.Hour),
			Overlap: Duration(10 * time.Second), Grace: Duration(60 * time.Second), MaxPerUser: 200,
		},
		Password: Password{MinLength: 15, Argon2MemoryKiB: 19456, Argon2Time: 2, Argon2Threads: 1, Queue: 64},
		Throttle: Throttle{
			AddressBurst: 20, AddressEvery: Duration(10 * time.Second),
			AccountBurst: 10, AccountEvery: Duration(30 * time.Second),
			DeviceBurst: 10, DeviceEvery: Duration(30 * time.Second),
			SustainedBurst: 50, SustainedEvery: Duration(time.Hour),
		},
		Mail:        Mail{Notices: true},
		Keys:        Keys{RotateEvery: Duration(90 * day), PublishBefore: Duration(10 * time.Minute)},
		Revocations: Revocations{Subscribers: 4096, SubscribersPerAddress: 256},
		StatusLists: StatusLists{TTL: Duration(time.Minute)},
		Events:      Events{Streams: 4096, StreamsPerSession: 20},
		Retention:   Retention{Audit: Duration(365 * day), Sessions: Duration(30 * day)},
		Log:         Log{Level: "info", Format: "text"},
		Traces:      Traces{Sample: 0.1},
		Limits: Limits{
			Header: Duration(5 * time.Second), Request: Duration(15 * time.Second),
			Answer: Duration(30 * time.Second), Idle: Duration(2 * time.Minute),
		},
		Shutdown: Shutdown{Drain: Duration(20 * time.Second)},
	}
}
