package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/devserver/exchange"
)

// busyView has something of everything, with text that others choose.
func busyView() devView {
	v := devView{
		at: "http://localhost:4401", selected: 9, said: "Route 9 is answered by proxy now.",
		state: devserver.State{File: "/x/lingpai.dev.yaml", Found: true, Problems: []string{"lingpai.dev.yaml:3:5: \"mok\" is not a key"}, App: &devserver.AppState{
			Kind: "server", Server: &child.Status{State: child.Ready, Command: "npm run dev", Address: "http://localhost:5173", Output: []string{"ready\x1b[2J"}},
		}},
		machine: devserver.MachineState{Ahead: 300, Offline: true, Lose: 2, Storm: 1},
		log:     []string{"level=INFO"},
	}
	for i := range 12 {
		v.state.Routes = append(v.state.Routes, devserver.RouteState{
			Number: i + 1, Match: fmt.Sprintf("GET /令牌/%d/{id}/**", i), Use: devserver.Mock, Kinds: []devserver.Kind{devserver.Mock, devserver.Proxy}, Auth: true, Roles: []string{"admin"},
		})
	}
	for i := range 100 {
		v.exchanges = append(v.exchanges, exchange.Exchange{
			At: time.Unix(int64(i), 0), Method: "GET", Path: fmt.Sprintf("/令牌\x1b[2J/%d", i), By: "mock", Route: 9, Status: 401, Code: "token_expired", Reason: "The token expired.",
		})
	}
	return v
}

func TestTheViewFitsEveryScreenAndShowsWhatMatters(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {60, 16}, {40, 10}, {20, 5}, {1, 1}, {300, 100}} {
		for p := range panes {
			v := busyView()
			v.pane = p
			lines := v.draw(size[0], size[1])
			if len(lines) != size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if width(line) > size[0] && size[0] >= 20 {
					t.Errorf("%v: %d columns: %q", size, width(line), line)
				}
				if strings.Contains(sgr().ReplaceAllString(line, ""), "\x1b") {
					t.Errorf("text of others steers the terminal: %q", line)
				}
			}
		}
	}
	all := sgr().ReplaceAllString(strings.Join(busyView().draw(80, 24), "\n"), "")
	for _, says := range []string{
		"http://localhost:4401", "app: npm run dev at localhost:5173", "clock +5m0s", "offline", "2 refresh answers", "›  9 GET /令牌/8", "mock    proxy",
		"token admin", "\"mok\" is not a key", "401 /令牌", "/99 ", "token_expired", "Route 9 is answered by proxy now.", "q quit", "e expire tokens", "0 reset",
	} {
		if !strings.Contains(all, says) {
			t.Errorf("it does not show %q:\n%s", says, all)
		}
	}
}

func TestANarrowScreenShowsCodesWhole(t *testing.T) {
	for _, code := range []string{"token_expired", "provider_not_admitted"} { // as is usual, and the longest that there is
		for _, columns := range []int{40, 50, 60, 80} {
			v := busyView()
			for i := range v.exchanges {
				v.exchanges[i].Code, v.exchanges[i].Path = code, "/api/documents/of/somebody/with/a/long/path"
			}
			all := sgr().ReplaceAllString(strings.Join(v.draw(columns, 24), "\n"), "")
			if !regexp.MustCompile(` GET +401 /api\S* .*\b` + code + `\b`).MatchString(all) {
				t.Errorf("%d columns do not show %s whole, with its request:\n%s", columns, code, all)
			}
		}
	}
}

func TestTheViewSaysHowTheAppIs(t *testing.T) {
	for want, s := range map[string]child.Status{
		"app: npm run dev is starting":                                                    {State: child.Starting, Command: "npm run dev"},
		"app: npm run dev, it ended with exit code 1":                                     {State: child.Waiting, Command: "npm run dev", Ended: "it ended with exit code 1"},
		"app: packages are being installed":                                               {State: child.Installing, Command: "npm run dev"},
		"app: npm run dev says it is at localhost:5174, the dev file says localhost:5173": {State: child.Starting, Command: "npm run dev", Address: "http://localhost:5173", Says: "http://localhost:5174"},
		"app: http://localhost:5173":                                                      {State: child.Ready, Address: "http://localhost:5173"},
	} {
		v := devView{state: devserver.State{App: &devserver.AppState{Server: &s}}}
		if all := sgr().ReplaceAllString(strings.Join(v.draw(80, 24), "\n"), ""); !strings.Contains(all, want) {
			t.Errorf("it does not show %q:\n%s", want, all)
		}
	}
}

func TestKeysAreToldApart(t *testing.T) {
	for text, want := range map[string][]string{
		"q": {"q"}, "\x1b[Bm": {"\x1b[B", "m"}, "\x1bOA\x1b[A": {"\x1bOA", "\x1b[A"}, "\x1b": {"\x1b"}, "el\t": {"e", "l", "\t"}, "\x1b[3~q": {"\x1b[3~", "q"},
	} {
		if got := keysIn(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
