package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// reserved are the headers by which apps are told things, here or by other gateways: what a client writes into them never reaches an app. An
// entry that ends in a hyphen stands for all that begin so.
var reserved = []string{
	"x-lingpai-", "x-forwarded-", "x-auth-", "x-authentik-", "x-authenticated-", "x-webauth-", "x-remote-", "remote-", "x-original-", "x-rewrite-",
	"forwarded", "x-user", "x-email", "x-roles", "x-groups", "x-envoy-",
	// Who is asking, as other gateways say it.
	"cf-access-", "tailscale-", "x-amzn-oidc-", "x-goog-authenticated-", "x-ms-client-principal", "x-ms-client-principal-", "x-pomerium-", "x-vouch-",
	// Certificates that the client is said to have shown (RFC 9440), which nobody in front of the app has asked for.
	"client-cert", "client-cert-chain", "x-client-cert", "x-client-cert-", "ssl-client-", "x-ssl-client-",
	// Where a request comes from: frameworks believe some of these before X-Forwarded-For.
	"x-real-ip", "x-client-ip", "client-ip", "true-client-ip", "x-cluster-client-ip", "fastly-client-ip", "cf-connecting-ip", "cf-connecting-ipv6",
	// CGI makes HTTP_PROXY of it, by which programs choose the proxy of their own calls (CVE-2016-5385).
	"proxy",
}

// strip removes what a client must not say to an app. Names are compared in the one form that all servers could make of them: CGI and its
// heirs turn a hyphen into an underscore, and some turn a dot into one as well.
func strip(h http.Header) {
	for name := range h {
		if isReserved(name) || misspelt(name) {
			delete(h, name)
		}
	}
}

func isReserved(name string) bool {
	plain := plainName(name)
	return slices.ContainsFunc(reserved, func(r string) bool {
		return plain == r || strings.HasSuffix(r, "-") && strings.HasPrefix(plain, r)
	})
}

// judged are headers that the verdict stands on; a second spelling of them could say something else to the app.
var judged = []string{"authorization", "cookie", "host", "content-length", "transfer-encoding", "x-http-method-override", "x-http-method", "x-method-override"}

func misspelt(name string) bool {
	return strings.ContainsAny(name, "_. ") && slices.Contains(judged, plainName(name))
}

func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '_' || c == '.' || c == ' ':
			return '-'
		case 'A' <= c && c <= 'Z':
			return c + 'a' - 'A'
		}
		return c
	}, name)
}

// dropCookies removes cookies of some names, and leaves all others as they came.
func dropCookies(h http.Header, names []string) {
	lines := h["Cookie"]
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		var parts []string
		for part := range strings.SplitSeq(line, ";") {
			part = strings.TrimSpace(part)
			name, _, _ := strings.Cut(part, "=")
			if part != "" && !slices.Contains(names, strings.TrimSpace(name)) {
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			kept = append(kept, strings.Join(parts, "; "))
		}
	}
	if len(kept) == 0 {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = kept
}

// dropSetCookies keeps an app from writing cookies of ours.
func dropSetCookies(h http.Header, names []string) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	lines = slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return slices.Contains(names, strings.TrimSpace(name))
	})
	if len(lines) == 0 {
		delete(h, "Set-Cookie")
		return
	}
	h["Set-Cookie"] = lines
}

// opensWebSocket reports whether a request opens a WebSocket. A proxy that asks about one has taken hop-by-hop headers away, and HTTP/2 has none
// (RFC 8441); the version is always there, and no page can write a header that begins with Sec-.
func opensWebSocket(h http.Header) bool {
	return len(h["Sec-Websocket-Version"]) > 0 || h.Get("Sec-Fetch-Mode") == "websocket"
}

// upgradeOf is the protocol that a request wants to change to, in lower case, or "".
func upgradeOf(h http.Header) string {
	for _, line := range h["Connection"] {
		for option := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(option), "upgrade") {
				return strings.ToLower(h.Get("Upgrade"))
			}
		}
	}
	return ""
}
