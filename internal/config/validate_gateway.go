package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// gateway checks what can be checked of a route by itself. The text of patterns is judged where they are compiled.
func (v *validator) gateway() {
	if v.config.Gateway.ExtAuthz && len(v.config.TrustedProxies) == 0 {
		v.refuse("gateway.ext_authz", "needs trusted_proxies: the addresses that Envoy asks from")
	}
	for i := range v.config.Gateway.Routes {
		v.route(itemKey("gateway.routes", i)+".", &v.config.Gateway.Routes[i])
	}
}

// routeMethods are the methods that a route may name.
var routeMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

func (v *validator) route(at string, r *Route) {
	if len(r.Match) == 0 {
		v.refuse(at+"match", "is missing; say what the route is for, like match: /app/**")
	}
	for i, m := range r.Match {
		if err := CheckMatch(m); err != nil {
			v.refuse(itemKey(at+"match", i), "%s", err)
		}
	}
	for i, m := range r.Methods {
		if !slices.Contains(routeMethods, m) {
			v.refuse(itemKey(at+"methods", i), "%s is no method; choose from %s", quoted(m), strings.Join(routeMethods, ", "))
		}
	}
	for i, u := range r.Upstream {
		if err := checkUpstream(u); err != nil {
			v.refuse(itemKey(at+"upstream", i), "%s", err)
		}
	}
	for i, o := range r.Origins {
		if err := checkOrigin(o); err != nil {
			v.refuse(itemKey(at+"origins", i), "%s", err)
		}
	}
	q := r.Require
	if r.Public && (len(q.Roles)+len(q.Scopes)+len(q.ACR) > 0 || q.MaxAge > 0) {
		v.refuse(at+"public", "lets everybody through, so require can name addresses only; take out one of the two")
	}
	v.words(at+"require.roles", q.Roles)
	v.words(at+"require.scopes", q.Scopes)
	v.words(at+"require.acr", q.ACR)
	for _, text := range []struct{ key, value string }{{"audience", r.Audience}, {"host", r.Host}} {
		if strings.ContainsFunc(text.value, isSpaceOrControl) {
			v.refuse(at+text.key, "%s has spaces in it", quoted(text.value))
		}
	}
	if r.Health != "" && (!strings.HasPrefix(r.Health, "/") || strings.ContainsFunc(r.Health, isSpaceOrControl)) {
		v.refuse(at+"health", "%s is no path; write it like /healthz", quoted(r.Health))
	}
	v.duration(at+"timeout", r.Timeout, 10*time.Millisecond, time.Hour)
	v.duration(at+"require.max_age", q.MaxAge, 0, 365*day)
	v.number(at+"concurrent", r.Concurrent, 1, 1<<20)
}

func isSpaceOrControl(r rune) bool { return r <= ' ' || r >= 0x7f }

func (v *validator) words(key string, words []string) {
	for i, w := range words {
		if w == "" || len(w) > 255 || strings.ContainsFunc(w, func(r rune) bool { return isSpaceOrControl(r) || r == '"' || r == '\\' || r == ',' }) {
			v.refuse(itemKey(key, i), "%s is no such name; use letters, digits and signs without spaces", quoted(w))
		}
	}
}

// CheckMatch holds that a pattern is one: an optional host, a path, stars only as whole segments, and ** only at the end.
func CheckMatch(text string) error {
	host, path, ok := strings.Cut(text, "/")
	if !ok {
		return fmt.Errorf("%s has no path; write it like /app/** or app.example.com/**", quoted(text))
	}
	if host != "" && !isHost(strings.TrimPrefix(host, "*.")) {
		return fmt.Errorf("%s is neither a host nor *. and a host; a port is not part of it", quoted(host))
	}
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, s := range segments {
		switch {
		case s == "**" && i < len(segments)-1:
			return fmt.Errorf("%s has ** before its end; it stands for everything below, so nothing can follow it", quoted(text))
		case s == "**" || s == "*" || s == "" && len(segments) == 1:
		case s == "" || s == "." || s == "..":
			return fmt.Errorf("%s has an empty segment or one of dots; write the path as it is after normalising", quoted(text))
		case strings.ContainsAny(s, `*\%;?#`) || strings.ContainsFunc(s, isControl):
			return fmt.Errorf("%s has %s in it; write letters as they are, and * only as a whole segment", quoted(text), quoted(s))
		}
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func checkUpstream(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || !slices.Contains([]string{"http", "https", "h2c"}, u.Scheme) {
		return fmt.Errorf("%s is not where an app can be; write it like http://127.0.0.1:3000", quotedURL(text))
	}
	if u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%s has a path; the app gets the very path that was judged, so write %s", quotedURL(text), quoted(u.Scheme+"://"+u.Host))
	}
	return nil
}
