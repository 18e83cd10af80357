package jose

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
)

// suite is one file of Wycheproof's tests for JOSE.
type suite struct {
	TestGroups []struct {
		Comment         string
		Public, Private json.RawMessage
		Tests           []struct {
			TcID                 int
			Comment, Result, JWS string
		}
	}
}

func readSuite(t *testing.T, name string) suite {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var s suite
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// mislabelled are the vectors whose label cannot be right, by number, with what we do instead.
var mislabelled = map[int]struct {
	accept bool
	reason string
}{
	346: {false, "a PS256 key and a PS384 header, called valid"},
	347: {false, "a key whose algorithm is ES521, which does not exist, called valid"},
	350: {false, "a PS256 key and a PS384 header, called valid"},
	351: {false, "a key whose algorithm is ES521, which does not exist, called valid"},
	367: {true, "called invalid, byte for byte the token of 357, which is called valid"},
	370: {true, "called invalid, byte for byte the token of 357, which is called valid"},
	372: {false, "a question mark inside base64url, called valid"},
	373: {false, "a question mark inside base64url, called valid"},
}

// ASVS 9.1.1
func TestWycheproofSignatures(t *testing.T) {
	tokens := make(map[int]string)
	var valid, invalid, corrected int
	for _, g := range readSuite(t, "json_web_signature_test.json").TestGroups {
		key := g.Public
		if key == nil {
			key = g.Private
		}
		k, keyErr := ParseKey(key)
		for _, tc := range g.Tests {
			tokens[tc.TcID] = tc.JWS
			err := keyErr
			if err == nil {
				_, err = verify(tc.JWS, k)
			}
			want := tc.Result == "valid"
			m, wrong := mislabelled[tc.TcID]
			switch {
			case wrong:
				want = m.accept
				corrected++
			case want:
				valid++
			default:
				invalid++
			}
			if (err == nil) != want {
				t.Errorf("%d %s/%s (%s): got %v", tc.TcID, g.Comment, tc.Comment, tc.Result, err)
			}
		}
	}
	if valid != 40 || invalid != 353 || corrected != len(mislabelled) {
		t.Errorf("ran %d valid, %d invalid and %d mislabelled vectors, want 40, 353 and %d", valid, invalid, corrected, len(mislabelled))
	}
	if tokens[367] != tokens[357] || tokens[370] != tokens[357] {
		t.Error("367 and 370 are no longer the token of 357: their labels may be right now")
	}
}

// TestWycheproofKeys runs the vectors about keys and key sets. A single secret key is read as a key, because a set of ours holds public
// keys alone; for that reason the one vector which is valid with a set of two secret keys (2) is refused.
func TestWycheproofKeys(t *testing.T) {
	var accepted, refused int
	for _, g := range readSuite(t, "json_web_key_test.json").TestGroups {
		for _, tc := range g.Tests {
			err := verifyWithSet(tc.JWS, g.Public, g.Private)
			if err == nil {
				accepted++
			} else {
				refused++
			}
			if want := tc.Result == "valid" && tc.TcID != 2; (err == nil) != want {
				t.Errorf("%d %s/%s (%s): got %v", tc.TcID, g.Comment, tc.Comment, tc.Result, err)
			}
		}
	}
	if accepted != 4 || refused != 22 {
		t.Errorf("accepted %d and refused %d vectors, want 4 and 22", accepted, refused)
	}
}

func verifyWithSet(token string, public, private []byte) error {
	m, err := Parse(token)
	if err != nil {
		return err
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(private, &set); err != nil {
		return err
	}
	if public == nil && len(set.Keys) == 1 {
		k, err := ParseKey(set.Keys[0])
		if err != nil {
			return err
		}
		_, err = m.Verify(k)
		return err
	}
	if public == nil {
		public = private
	}
	s, err := ParseKeySet(public)
	if err != nil {
		return err
	}
	_, err = m.Verify(s.Key(m.Header().KeyID))
	return err
}
