package config

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Gateway is about apps that know nothing of login. The comments of its fields are part of the manual, as those of [Config] are.
type Gateway struct {
	// The routes, of which the first that fits a request judges it. `/auth/*`, `/.well-known/*`, `/healthz` and `/readyz` stay
	// Lingpai's own. With no routes, the server proxies nothing, and `/auth/check` lets everybody pass who is signed in. This key is taken
	// from the file only. It is the one part of the file that a running server takes up anew: send it SIGHUP.
	Routes []Route `yaml:"routes"`
	// Answers Envoy over gRPC as well: `envoy.service.auth.v3.Authorization`, at the address of everything else, with or without TLS. Only those in
	// `trusted_proxies` may ask. See [Envoy](gateway.md#envoy).
	ExtAuthz bool `yaml:"ext_authz"`
}

// Route says who may reach a part of an app, and where that app is.
type Route struct {
	// What the route is for: a path, or a host and a path. `*` is one segment (or one part of a host), `/**` at the end is everything below, the
	// place itself included. `/app/**` fits on every host, `admin.example.com/**` on that one. A slash at the end of a path makes no difference, and
	// a path is refused where it would make one to the app.
	Match []string `yaml:"match"`
	// Methods that the route is for; left empty, all. `GET` is `HEAD` too.
	Methods []string `yaml:"methods"`
	// Where the app is, such as `http://127.0.0.1:3000`: scheme, host and port. `h2c://` speaks HTTP/2 without TLS, as gRPC wants it. Of several, each
	// gets its turn, and one that does not answer is left out for a while. Left empty where another proxy does the work and asks `/auth/check`.
	Upstream []string `yaml:"upstream"`
	// Lets everybody through, signed in or not. Who is signed in is still named to the app.
	Public bool `yaml:"public"`
	// What a person needs besides being signed in.
	Require Requirements `yaml:"require"`
	// Gives the app an access token of the person, as `Authorization: Bearer …`, for APIs that verify by themselves. The page never sees it.
	// Without it, no token of ours reaches the app.
	Token bool `yaml:"token"`
	// Who the identity is meant for: the `aud` of `X-Lingpai-Identity`. Left empty, it is the origin that the browser asked for, such as
	// `https://app.example.com`. Two apps on one origin that do not trust each other need one each.
	Audience string `yaml:"audience"`
	// What the app gets as `Host`. Left empty, it is what the browser asked for.
	Host string `yaml:"host"`
	// How long the app may take to begin its answer. The answer itself, and the request, may take as long as they flow.
	Timeout Duration `yaml:"timeout"`
	// The largest body of a request, such as `10MiB`. `0`: any. Bodies are passed on as they come, so none takes memory.
	Body Size `yaml:"body"`
	// How many requests may be with the app at a time; one more is answered with 503.
	Concurrent int `yaml:"concurrent"`
	// A path that says with a 2xx or 3xx that the app is well, asked every 5 seconds. Left empty, only connections tell.
	Health string `yaml:"health"`
	// Pages of other origins that may call this route (CORS). Preflights are answered without the app, and what it says about CORS is replaced.
	Origins []string `yaml:"origins"`
	// Answers 503 and a page that says that the app is being worked on.
	Maintenance bool `yaml:"maintenance"`
}

// Requirements are what a person needs. All that are set must be met.
type Requirements struct {
	// The person has one of these roles.
	Roles []string `yaml:"roles"`
	// An app that acts for a person, or for itself, was given all of these scopes. Tokens of such apps pass only where scopes are named. People
	// in their own browser have none, and need none.
	Scopes []string `yaml:"scopes"`
	// The person signed in by one of these classes (`acr`).
	ACR []string `yaml:"acr"`
	// The person signed in no longer ago than this. `0s`: any time.
	MaxAge Duration `yaml:"max_age"`
	// The request comes from one of these addresses or networks. On a public route, this is all that is required.
	Addresses []netip.Prefix `yaml:"addresses"`
}

// defaultRoute is a route that says no more than what it is for.
func defaultRoute() Route {
	return Route{Timeout: Duration(time.Minute), Concurrent: 1024}
}

// Size is a number of bytes that is written with a unit: `512KiB`, `10MiB`, `2GiB`, or bare bytes.
type Size int64

var errSize = errors.New("is not a size; write it like 512KiB, 10MiB or 2GiB")

// sizes are the units, the largest first.
var sizes = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}

// UnmarshalText reads the written form.
func (s *Size) UnmarshalText(text []byte) error {
	for _, unit := range sizes {
		number, ok := strings.CutSuffix(string(text), unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 63)
		if err != nil || int64(n) > math.MaxInt64/unit.size {
			return errSize
		}
		*s = Size(int64(n) * unit.size)
		return nil
	}
	return errSize
}

// String is the written form, in the largest unit that fits.
func (s Size) String() string {
	for _, unit := range sizes {
		if s != 0 && int64(s)%unit.size == 0 {
			return strconv.FormatInt(int64(s)/unit.size, 10) + unit.name
		}
	}
	return "0"
}
