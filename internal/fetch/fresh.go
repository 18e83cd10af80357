package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// freshFor reads max-age of Cache-Control (RFC 9111, section 5.2.2). `no-store` and `no-cache` win over it.
func freshFor(h http.Header) time.Duration {
	var fresh time.Duration
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err == nil {
				fresh = time.Duration(seconds) * time.Second
			}
		}
	}
	return fresh
}
