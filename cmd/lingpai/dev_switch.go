package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/record"
)

func newDevSwitch() *cobra.Command {
	var at string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "switch [ROUTE] [USE]",
		Short: "Switch a route of a running lingpai dev between mock and real",
		Long: "Without arguments, list the routes of the lingpai dev that runs, and what answers each.\n\n" +
			"ROUTE is the number of a route, its pattern, or all. USE is mock, real, off, or whatever else the route has: before, crud, replay,\n" +
			"har, openapi, proxy, static, spa, pass. It holds from the next request on, and until lingpai dev ends.",
		Example: "  lingpai dev switch\n  lingpai dev switch 2 real\n  lingpai dev switch \"GET /api/users/{id}\" mock\n  lingpai dev switch all real",
		Args:    takes("[ROUTE]", "[USE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := devClient{strings.TrimSuffix(at, "/")}
			if len(args) == 1 {
				return usage("to what is missing; write: lingpai dev switch %s mock|real|off", args[0])
			}
			state, err := c.routes(cmd.Context())
			if err == nil && len(args) == 2 {
				state, err = c.switchRoutes(cmd.Context(), state, args[0], args[1])
			}
			if err != nil {
				return err
			}
			p := newPage(cmd.OutOrStdout())
			if asJSON {
				return p.json(record.List(state.Routes))
			}
			p.routes(state.Routes)
			return nil
		},
	}
	cmd.Flags().StringVar(&at, "at", "http://localhost:4401", "the `URL` where lingpai dev listens")
	addJSON(cmd, &asJSON)
	return cmd
}

// routeView is a route of a running dev server.
type routeView struct {
	Number int      `json:"number"`
	Line   int      `json:"line,omitzero"`
	Match  string   `json:"match"`
	Use    string   `json:"use"`
	Kinds  []string `json:"kinds"`
	Roles  []string `json:"roles,omitzero"`
	Auth   bool     `json:"auth"`
}

type routesView struct {
	Routes []routeView `json:"routes"`
}

// devClient speaks with a running lingpai dev.
type devClient struct{ at string }

func (c devClient) routes(ctx context.Context) (routesView, error) {
	return c.call(ctx, http.MethodGet, "")
}

func (c devClient) switchRoutes(ctx context.Context, s routesView, which, to string) (routesView, error) {
	numbers, err := s.find(which)
	if err != nil {
		return s, err
	}
	var refused error
	for _, n := range numbers {
		next, err := c.call(ctx, http.MethodPost, fmt.Sprintf(`{"route":%d,"use":%q}`, n, to))
		if err != nil && len(numbers) == 1 {
			return s, err
		}
		if err != nil {
			refused = err // of all routes, those switch that can
			continue
		}
		s, refused = next, nil
	}
	return s, refused
}

// find lists the numbers of the routes that are meant.
func (s routesView) find(which string) ([]int, error) {
	var numbers []int
	n, err := strconv.Atoi(which)
	for _, r := range s.Routes {
		if which == "all" || err == nil && r.Number == n || err != nil && strings.EqualFold(r.Match, which) {
			numbers = append(numbers, r.Number)
		}
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("there is no route %s; list them by: lingpai dev switch", which)
	}
	return numbers, nil
}

func (c devClient) call(ctx context.Context, method, body string) (out routesView, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.at+"/auth/dev/api/routes", strings.NewReader(body))
	if err != nil {
		return out, usage("--at %q is no address", c.at)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := (&http.Client{}).Do(r)
	if err != nil {
		return out, fmt.Errorf("no lingpai dev answers at %s; start it, or say where it is with --at", c.at)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", c.at, err)
	}
	if res.StatusCode == http.StatusOK && json.Unmarshal(text, &out) == nil && out.Routes != nil {
		return out, nil
	}
	var problem struct{ Detail string }
	if json.Unmarshal(text, &problem) == nil && problem.Detail != "" && res.StatusCode != http.StatusNotFound {
		return out, errors.New(printable(problem.Detail))
	}
	return out, fmt.Errorf("the server at %s is no lingpai dev; say where that is with --at", c.at)
}

// routes lists routes: what is in use stands out among what they have.
func (p *page) routes(all []routeView) {
	rows := make([][]string, 0, len(all))
	for _, r := range all {
		needs := ""
		if r.Auth {
			needs = "a token"
		}
		if len(r.Roles) > 0 {
			needs += ", role " + strings.Join(r.Roles, " or ")
		}
		var has []string
		for _, k := range append(r.Kinds, "off") {
			if k != r.Use {
				has = append(has, k)
			}
		}
		rows = append(rows, []string{strconv.Itoa(r.Number), printable(r.Match), p.paint(strong, r.Use), p.paint(faint, strings.Join(has, " ")), needs})
	}
	p.table([]string{"", "route", "answers", "or", "needs"}, rows)
}
