package webui

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// The page is for everybody, so somebody who came by a link has to find the way in, and back to it.
func TestTheInspectorOffersTheSignInToWhoIsNotSignedIn(t *testing.T) {
	const signIn = `href="/auth/login?return_to=%2Fauth%2Finspect"`
	for _, in := range []bool{false, true} {
		var page strings.Builder
		f := Frame{Lang: English}
		if in {
			f.User = &Viewer{Username: "alice"}
		}
		if err := newUI(t).Inspect(&page, Inspect{Frame: f, Keys: json.RawMessage(`{"keys":[]}`)}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(page.String(), signIn); got == in {
			t.Errorf("signed in %v: the sign-in is offered %v", in, got)
		}
	}
}

// TestModulesSayWhatTheInspectorSays runs the cases that package inspector is tested with through the modules of the page.
func TestModulesSayWhatTheInspectorSays(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		skiptest.Missing(t, "this test needs node")
	}
	const cases = "../inspector/testdata/cases.json"
	out, err := exec.CommandContext(t.Context(), node, "--no-warnings", "testdata/inspect-parity.mjs", cases, "../inspector/catalogue/secrets.json").Output()
	if err != nil {
		stderr := ""
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			stderr = string(e.Stderr)
		}
		t.Fatalf("run modules: %v\n%s", err, stderr)
	}
	type said struct {
		Name, Where, Kind, Signature, Code, Failed string
		Findings                                   []string
	}
	var got []said
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(cases)
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Cases []said }
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Cases, got); diff != "" {
		t.Errorf("the modules say otherwise (-want +got):\n%s", diff)
	}
}
