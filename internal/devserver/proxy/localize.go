package proxy

import (
	"net/http"
	"net/url"
	"strings"
)

// localized marks cookies whose names promise what plain http on localhost cannot keep. Browsers hold __Host- and __Secure- to https, so
// such cookies travel under another name between the browser and us.
const localized = "dev-"

// localizeCookies makes cookies of the backend acceptable here: without Domain, which names another host, and without what needs https.
func localizeCookies(h http.Header) {
	lines := h["Set-Cookie"]
	for i, line := range lines {
		parts := strings.Split(line, ";")
		kept := parts[:1]
		if name, _, _ := strings.Cut(strings.TrimSpace(parts[0]), "="); isPrefixed(name) {
			kept[0] = localized + strings.TrimSpace(parts[0])
		}
		for _, attribute := range parts[1:] {
			switch name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(attribute)), "="); {
			case name == "domain", name == "secure", name == "partitioned":
			case name == "samesite" && value == "none":
				kept = append(kept, " SameSite=Lax")
			default:
				kept = append(kept, attribute)
			}
		}
		lines[i] = strings.Join(kept, ";")
	}
}

func isPrefixed(name string) bool {
	return len(name) > 2 && strings.HasPrefix(strings.ToLower(name), "__host-") || strings.HasPrefix(strings.ToLower(name), "__secure-") ||
		strings.HasPrefix(strings.ToLower(name), "__http-")
}

// restoreCookies gives cookies their names back, and keeps ours to ourselves: the backend has no business with them.
func restoreCookies(h http.Header) {
	var kept []string
	for _, line := range h["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			part = strings.TrimSpace(part)
			name, _, _ := strings.Cut(part, "=")
			if part == "" || isOurs(name) {
				continue
			}
			if original, ok := strings.CutPrefix(part, localized); ok && isPrefixed(original) {
				part = original
			}
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		h.Del("Cookie")
		return
	}
	h.Set("Cookie", strings.Join(kept, "; "))
}

func isOurs(name string) bool {
	for _, own := range []string{"lingpai_session", "lingpai_refresh", "lingpai_device"} {
		if name == own || name == "__Host-Http-"+own {
			return true
		}
	}
	return false
}

// localizeLocation leads redirects within the backend back through us, under the path that we are asked at.
func (p *Proxy) localizeLocation(res *http.Response) {
	for _, name := range []string{"Location", "Content-Location"} {
		where := res.Header.Get(name)
		u, err := url.Parse(where)
		if where == "" || err != nil || u.Host != "" && !p.isTarget(u) {
			continue
		}
		if u.Host == "" && !strings.HasPrefix(u.Path, "/") {
			continue // relative to where the browser is
		}
		u.Scheme, u.Host, u.User = "", "", nil
		path := u.EscapedPath()
		if base := strings.TrimSuffix(p.options.Target.EscapedPath(), "/"); base != "" {
			path = "/" + strings.TrimPrefix(strings.TrimPrefix(path, base), "/")
		}
		if p.options.Strip != "" && len(p.options.Rewrites) == 0 {
			path = strings.TrimSuffix(p.options.Strip, "/") + "/" + strings.TrimPrefix(path, "/")
		}
		if strings.HasPrefix(path, "//") {
			continue // would name another host
		}
		if plain, err := url.PathUnescape(path); err == nil {
			u.Path, u.RawPath = plain, path
			res.Header.Set(name, u.String())
		}
	}
}

// isTarget reports whether an address is one of the backend, under http or https: many redirect from one to the other.
func (p *Proxy) isTarget(u *url.URL) bool {
	return strings.EqualFold(u.Hostname(), p.options.Target.Hostname()) && (u.Port() == p.options.Target.Port() || u.Scheme != p.options.Target.Scheme)
}

// dropBasic takes challenges for Basic, Digest, NTLM and Negotiate off a 401: browsers would open a window for a password that no script can
// close.
func dropBasic(h http.Header) {
	var kept []string
	for _, c := range h.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(strings.ToLower(c), " ")
		switch strings.TrimSuffix(scheme, ",") {
		case "basic", "digest", "ntlm", "negotiate":
		default:
			kept = append(kept, c)
		}
	}
	h.Del("WWW-Authenticate")
	for _, c := range kept {
		h.Add("WWW-Authenticate", c)
	}
}
