package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkRefresh is what /auth/api/refresh costs beside the connection, the commit included.
func BenchmarkRefresh(b *testing.B) {
	s := start(b, "log.level=warn")
	s.addUser("alice", battery)
	token := s.program().login("alice", battery, "storage").Refresh
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, s.origin+"/auth/api/refresh", strings.NewReader(`{"refresh_token":"`+token+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.app.server.Handler.ServeHTTP(w, r)
		token = reply{w.Code, w.Header(), w.Body.String()}.granted(b).Refresh
	}
}
