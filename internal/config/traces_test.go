package config

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/secret"
)

func TestHeadersForACollectorAreReadAsOthersReadThem(t *testing.T) {
	c := mustLoad(t, write(t, "traces:\n  endpoint: https://otel.example/otlp/\n  sample: 0.25\n"), append(home, "LINGPAI_TRACES_HEADERS=api-key=a%2Cb%3D, x-team = red=1 ,"), nil)
	got, err := c.Traces.Header()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"Api-Key": {"a,b="}, "X-Team": {"red=1"}}, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if at := c.Traces.Address(); at != "https://otel.example/otlp/v1/traces" || c.Traces.Sample != 0.25 {
		t.Errorf("%v go to %s", c.Traces.Sample, at)
	}
	for _, format := range []string{"yaml", "json"} {
		var shown strings.Builder
		if err := c.Print(&shown, format); err != nil {
			t.Fatal(err)
		}
		if text := shown.String(); strings.Contains(text, "red=1") || strings.Contains(text, "a%2Cb") || !strings.Contains(text, "0.25") {
			t.Errorf("shown:\n%s", text)
		}
	}
	for _, bad := range []string{"x", "=a", "a=", "a=%0a", "a=%0d%0aB:c", "a=%zz", "é=a", "a:b", "a b=c"} {
		if h, err := (Traces{Headers: secret.New(bad)}).Header(); err == nil {
			t.Errorf("%q is read as %v", bad, h)
		}
	}
}
