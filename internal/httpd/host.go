package httpd

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/loopback"
)

// checkHost refuses requests under another name while this server goes by a loopback one. A page whose name was made to point at this
// machine (DNS rebinding) would otherwise pass for one of ours; and tokens of a server that is reached under a public name must say that
// name. What anybody may read, such as the keys, is answered under any name. Nothing else is judged by the Host header: links and
// tokens take the issuer.
func (e *Edge) checkHost(r *http.Request, rt Route) error {
	public := rt.Auth == Public && rt.CSRF == Safe
	if !e.local || public || r.Host == "" || loopback.Is(r.Host) {
		return nil
	}
	name := "that name"
	if isOrigin("http://" + r.Host) {
		name = r.Host
	}
	return fault.Refuse(fault.HostRefused, name)
}

// CheckHost is that rule for addresses that are not ours.
func (e *Edge) CheckHost(r *http.Request) error { return e.checkHost(r, Route{}) }

// LocalNames refuses requests under a name that is not one of this machine, for listeners on loopback that have no login: without it,
// a page whose name was made to point here could read them.
func LocalNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback.Is(r.Host) {
			http.Error(w, "this address answers under names of this machine only, such as localhost", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
