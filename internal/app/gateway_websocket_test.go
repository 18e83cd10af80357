package app

import (
	"net/http"
	"strings"
	"testing"
)

func TestWebSocketBringsItsTokenThroughTheGateway(t *testing.T) {
	app := newSocketApp(t)
	s, _ := gated(t, "    - {match: /given/**, upstream: \""+app.URL+"\", token: true}\n    - {match: /**, upstream: \""+app.URL+"\"}\n")
	g := s.program().login("bob", battery, "storage")
	offer := func(names ...string) []string {
		return append(upgrade, "Origin: https://spa.example", "Sec-WebSocket-Protocol: "+strings.Join(names, ", "))
	}

	_, _, res := s.program().open("/given/socket", offer("chat", "lingpai", "lingpai.token."+g.Access)...)
	if h := <-app.asked; res.StatusCode != http.StatusSwitchingProtocols || h.Get("Authorization") != "Bearer "+g.Access || h.Get("X-Forwarded-User") != "bob" ||
		h.Get("Sec-WebSocket-Protocol") != "chat, lingpai" {
		t.Errorf("%d, the app heard %v", res.StatusCode, h)
	}
	if got := res.Header["Sec-Websocket-Protocol"]; len(got) != 1 || got[0] != "lingpai" {
		t.Errorf("selected: %v", got)
	}

	_, _, res = s.program().open("/plain/socket", offer("lingpai.token."+g.Access)...)
	if h := <-app.asked; res.StatusCode != http.StatusSwitchingProtocols || h.Get("Authorization") != "" || len(h["Sec-Websocket-Protocol"]) != 0 || h.Get("X-Forwarded-User") != "bob" {
		t.Errorf("%d, an app that is to have no token heard %v", res.StatusCode, h)
	}

	for what, names := range map[string][]string{
		"no token":        {"lingpai"},
		"a wrong token":   {"lingpai", "lingpai.token.e30.e30.x"},
		"two tokens":      {"lingpai.token." + g.Access, "lingpai.token." + s.program().login("alice", battery, "storage").Access},
		"half of a token": {"lingpai.token." + g.Access[:len(g.Access)-4]},
	} {
		if _, _, res := s.program().open("/given/socket", offer(names...)...); res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
	}
	if r := s.program().get("/given/socket", "Sec-WebSocket-Protocol: lingpai.token."+g.Access); r.status != http.StatusUnauthorized {
		t.Errorf("what is no WebSocket: %d", r.status)
	}
	select {
	case h := <-app.asked:
		t.Errorf("a refused request reached the app: %v", h)
	default:
	}
}

// socketApp takes every WebSocket, and selects no subprotocol.
type socketApp struct {
	*echo
	asked chan http.Header
}

func newSocketApp(t *testing.T) *socketApp {
	t.Helper()
	a := &socketApp{echo: newEcho(t), asked: make(chan http.Header, 8)}
	sockets := a.Config.Handler
	a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked <- r.Header.Clone()
		sockets.ServeHTTP(w, r)
	})
	return a
}
