package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/loopback"
)

// Validate reports everything that makes no sense or would be unsafe, as [Problems]. A Config from [Load] has passed it.
func (c *Config) Validate() error {
	return c.problems().orNil()
}

func (c *Config) problems() Problems {
	v := validator{config: c}
	v.addresses()
	v.mtls()
	v.storage()
	v.origins()
	v.tokens()
	v.session()
	v.password()
	v.words("second_factor.required_for", v.config.SecondFactor.RequiredFor)
	v.throttle()
	v.log()
	v.exchange()
	v.gateway()
	v.clients()
	v.providers()
	v.mail()
	v.signUp()
	v.traces()
	return v.found
}

type validator struct {
	config *Config
	found  Problems
}

// refuse notes a problem with a key (or a list item) at the place where its value came from.
func (v *validator) refuse(key, format string, args ...any) {
	at, ok := v.config.origins[key]
	if i := strings.LastIndex(key, "]."); !ok && i > 0 {
		at, ok = v.config.origins[key[:i+1]]
	}
	if !ok {
		list, _, _ := strings.Cut(key, "[")
		at = v.config.origins[list]
	}
	v.found = append(v.found, Problem{at, key, fmt.Sprintf(format, args...)})
}

func (v *validator) duration(key string, d Duration, least, most time.Duration) {
	if d < Duration(least) || d > Duration(most) {
		v.refuse(key, "%s is out of range; choose from %s to %s", quoted(d.String()), Duration(least), Duration(most))
	}
}

func (v *validator) number(key string, n, least, most int) {
	if n < least || n > most {
		v.refuse(key, "%d is out of range; choose from %d to %d", n, least, most)
	}
}

func (v *validator) oneOf(key, value string, choices ...string) {
	if slices.Contains(choices, value) {
		return
	}
	text := fmt.Sprintf("%s is not known; choose one of %s", quoted(value), strings.Join(choices, ", "))
	v.refuse(key, "%s", text)
}

// notAfter holds that one span is not longer than another. A value that was set is at fault
// rather than a default.
func (v *validator) notAfter(key string, d Duration, limitKey string, limit Duration) {
	switch {
	case d <= limit:
	case v.config.Origin(key) == Origin{} && v.config.Origin(limitKey) != Origin{}:
		v.refuse(limitKey, "%s is shorter than %s (%s); lengthen the first or shorten the second", quoted(limit.String()), key, d)
	default:
		v.refuse(key, "%s is longer than %s (%s); shorten the first or lengthen the second", quoted(d.String()), limitKey, limit)
	}
}

func (v *validator) addresses() {
	c := v.config
	if err := checkAddress(c.Listen); err != nil {
		v.refuse("listen", "%s", err)
	} else if c.Issuer == "" && !loopback.Is(c.Listen) {
		v.refuse("listen", "%s", exposed(c.Listen))
	}
	if c.Issuer != "" {
		if err := checkIssuer(c.Issuer); err != nil {
			v.refuse("issuer", "%s", err)
		}
	}
	if c.Metrics.Listen != "" {
		if err := checkAddress(c.Metrics.Listen); err != nil {
			v.refuse("metrics.listen", "%s", err)
		} else if !loopback.Is(c.Metrics.Listen) {
			v.refuse("metrics.listen", "%s can be reached by other machines, and the figures have no login; use localhost:PORT", quoted(c.Metrics.Listen))
		}
	}
	if c.Registration.InsecureOpen && !c.Registration.Enabled {
		v.refuse("registration.insecure_open", "says nothing while registration.enabled is false; set both, or neither")
	}
	if c.Fetch.InsecureLoopback && c.Issuer != "" && !loopback.IsURL(c.Issuer) {
		v.refuse("fetch.insecure_loopback", "is for development on one machine; leave it out where issuer is not an address of this machine")
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		key, missing := "tls.certificate", "tls.key"
		if c.TLS.Certificate == "" {
			key, missing = missing, key
		}
		v.refuse(key, "is set without %s; set both, or neither", missing)
	}
	for i, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			v.refuse(itemKey("trusted_proxies", i), "%s trusts everybody, so anybody could claim any address; name the proxies", quoted(p.String()))
		}
	}
}

func (v *validator) mtls() {
	m := v.config.MTLS
	if m.Listen == "" {
		for key, value := range map[string]string{"mtls.origin": m.Origin, "mtls.authorities": m.Authorities} {
			if value != "" {
				v.refuse(key, "says nothing while mtls.listen is empty; set both, or neither")
			}
		}
		return
	}
	if err := checkAddress(m.Listen); err != nil {
		v.refuse("mtls.listen", "%s", err)
	} else if m.Listen == v.config.Listen && !strings.HasSuffix(m.Listen, ":0") {
		v.refuse("mtls.listen", "%s is where browsers come, which are not to be asked for certificates; choose another port", quoted(m.Listen))
	}
	if v.config.TLS.Certificate == "" {
		v.refuse("mtls.listen", "needs tls.certificate and tls.key: only where TLS ends can it be known who holds the key of a certificate")
	}
	if m.Origin == "" {
		return
	}
	if err := checkOrigin(m.Origin); err != nil {
		v.refuse("mtls.origin", "%s", err)
	} else if !strings.HasPrefix(m.Origin, "https://") {
		v.refuse("mtls.origin", "%s is not https, so nobody could show a certificate there", quoted(m.Origin))
	}
}

func (v *validator) storage() {
	c := v.config
	if n := utf8.RuneCountInString(c.Name); n < 1 || n > 60 || strings.ContainsFunc(c.Name, unicode.IsControl) {
		v.refuse("name", "%s cannot be shown; use 1 to 60 characters on one line", quoted(c.Name))
	}
	if strings.ContainsRune(c.Data, 0) {
		v.refuse("data", "%s is not a folder name", quoted(c.Data))
	}
	if !c.Database.Empty() {
		if err := checkDatabase(c.Database.Reveal()); err != nil {
			v.refuse("database", "%s", err)
		}
	}
	if !c.MasterKey.Empty() && c.MasterKeyFile != "" {
		v.refuse("master_key_file", "is set, and so is LINGPAI_MASTER_KEY; keep one of the two")
	}
	if c.Retention.Audit != 0 {
		v.duration("retention.audit", c.Retention.Audit, day, 100*365*day)
	}
	v.duration("retention.sessions", c.Retention.Sessions, time.Hour, 10*365*day)
}

func (v *validator) origins() {
	for i, o := range v.config.CORS.Origins {
		if o == "*" || o == "null" {
			v.refuse(itemKey("cors.origins", i), "%s would let any page call, with the session of whoever looks at it; "+
				"name the pages, like https://app.example.com or http://localhost:5173", quoted(o))
			continue
		}
		if err := checkOrigin(o); err != nil {
			v.refuse(itemKey("cors.origins", i), "%s", err)
		}
	}
}

func (v *validator) tokens() {
	c := v.config
	v.duration("token.lifetime", c.Token.Lifetime, time.Second, day)
	v.oneOf("token.algorithm", c.Token.Algorithm, "ES256", "EdDSA", "RS256")
	for i, a := range c.Token.Audience {
		if a == "" || len(a) > 255 || strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			v.refuse(itemKey("token.audience", i), "%s cannot name an audience; use 1 to 255 characters without spaces", quoted(a))
		}
	}
	// Anybody may keep a copy of the key set for five minutes; a new key must have been seen by then.
	const leastPublished = 6 * time.Minute
	v.duration("keys.publish_before", c.Keys.PublishBefore, leastPublished, 30*day)
	v.duration("keys.rotate_every", c.Keys.RotateEvery, time.Minute, 10*365*day)
	if c.Keys.PublishBefore > c.Keys.RotateEvery/2 {
		v.refuse("keys.publish_before", "%s is more than half of keys.rotate_every (%s); publish later, or rotate less often",
			quoted(c.Keys.PublishBefore.String()), c.Keys.RotateEvery)
	}
}

func (v *validator) session() {
	s := v.config.Session
	const most = 10 * 365 * day
	v.duration("session.idle", s.Idle, time.Minute, most)
	v.duration("session.lifetime", s.Lifetime, time.Minute, most)
	v.duration("session.short_idle", s.ShortIdle, time.Minute, most)
	v.duration("session.short_lifetime", s.ShortLifetime, time.Minute, most)
	v.notAfter("session.idle", s.Idle, "session.lifetime", s.Lifetime)
	v.notAfter("session.short_idle", s.ShortIdle, "session.short_lifetime", s.ShortLifetime)
	v.notAfter("session.short_lifetime", s.ShortLifetime, "session.lifetime", s.Lifetime)
	v.duration("session.overlap", s.Overlap, time.Second, 10*time.Minute)
	v.duration("session.grace", s.Grace, time.Second, time.Hour)
	v.number("session.max_per_user", s.MaxPerUser, 1, 100_000)
}

func (v *validator) password() {
	p := v.config.Password
	v.number("password.min_length", p.MinLength, 8, 128) // NIST SP 800-63B-4: never below 8
	v.breached(p)
	v.argon2(p)
	v.number("password.concurrency", p.Concurrency, 0, 1024)
	v.number("password.queue", p.Queue, 1, 100_000)
}

func (v *validator) breached(p Password) {
	if p.BreachedService == "" {
		return
	}
	if p.BreachedFile != "" {
		v.refuse("password.breached_service", "is set, and so is password.breached_file; keep one of the two")
	}
	u, err := url.Parse(p.BreachedService)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasSuffix(u.Path, "/") {
		v.refuse("password.breached_service", "%s is no address of ranges; write it like https://api.pwnedpasswords.com/range/", quoted(p.BreachedService))
	} else if u.Scheme != "https" && !(u.Scheme == "http" && loopback.Is(u.Hostname())) {
		v.refuse("password.breached_service", "%s can be read and changed on its way; use https", quoted(p.BreachedService))
	}
}

// argon2 keeps to what package password can compute and finds strong enough, so that a configuration that checks also starts.
func (v *validator) argon2(p Password) {
	const least, most = 5 * 7 << 10, 2 << 20 // KiB passed over in all
	before := len(v.found)
	v.number("password.argon2_memory_kib", p.Argon2MemoryKiB, 7<<10, 256<<10)
	v.number("password.argon2_time", p.Argon2Time, 1, 64)
	v.number("password.argon2_threads", p.Argon2Threads, 1, 16)
	if len(v.found) > before {
		return
	}
	switch work := p.Argon2MemoryKiB * p.Argon2Time; {
	case work < least:
		v.refuse("password.argon2_time", "%d is too few with %d KiB of memory; their product is at least %d", p.Argon2Time, p.Argon2MemoryKiB, least)
	case work > most:
		v.refuse("password.argon2_time", "%d is too many with %d KiB of memory; their product is at most %d", p.Argon2Time, p.Argon2MemoryKiB, most)
	}
}

func (v *validator) throttle() {
	t := v.config.Throttle
	v.number("throttle.address_burst", t.AddressBurst, 1, 100_000)
	v.duration("throttle.address_every", t.AddressEvery, time.Millisecond, day)
	// NIST SP 800-63B-4 allows 100 failures in a row on one account.
	v.number("throttle.account_burst", t.AccountBurst, 1, 100)
	v.duration("throttle.account_every", t.AccountEvery, time.Second, day)
	v.number("throttle.device_burst", t.DeviceBurst, 1, 100)
	v.duration("throttle.device_every", t.DeviceEvery, time.Second, day)
	v.number("throttle.sustained_burst", t.SustainedBurst, 1, 1000)
	v.duration("throttle.sustained_every", t.SustainedEvery, time.Second, 30*day)
}

func (v *validator) log() {
	v.oneOf("log.level", v.config.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", v.config.Log.Format, "text", "json")
}

func (v *validator) exchange() {
	l, s := v.config.Limits, v.config.Shutdown
	v.number("revocations.subscribers", v.config.Revocations.Subscribers, 0, 1<<16)
	v.number("revocations.subscribers_per_address", v.config.Revocations.SubscribersPerAddress, 1, 1<<16)
	v.number("status_lists.count", v.config.StatusLists.Count, 0, 64)
	v.duration("status_lists.ttl", v.config.StatusLists.TTL, time.Second, time.Hour)
	v.number("events.streams", v.config.Events.Streams, 0, 1<<20)
	v.number("events.streams_per_session", v.config.Events.StreamsPerSession, 0, 1000)
	v.duration("limits.header", l.Header, time.Second, 10*time.Minute)
	v.duration("limits.request", l.Request, time.Second, time.Hour)
	v.duration("limits.answer", l.Answer, time.Second, time.Hour)
	v.duration("limits.idle", l.Idle, time.Second, time.Hour)
	v.notAfter("limits.header", l.Header, "limits.request", l.Request)
	v.duration("shutdown.delay", s.Delay, 0, 10*time.Minute)
	v.duration("shutdown.drain", s.Drain, 0, time.Hour)
}

func itemKey(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// checkAddress holds that text is a host and a numeric port.
func checkAddress(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == '/' }) {
		return fmt.Errorf("%s is not host:port, as in localhost:8080", quoted(text))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Errorf("%s has no port from 0 to 65535, as in localhost:8080", quoted(text))
	}
	return nil
}

// checkDatabase never quotes the value, since it can hold a password.
func checkDatabase(text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return fmt.Errorf("must be empty, for SQLite in the data folder, or like postgres://user:password@host/name")
	}
	if strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "" {
		return fmt.Errorf("names no database; write it like postgres://user:password@host/name")
	}
	return nil
}
