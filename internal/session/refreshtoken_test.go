package session_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/session"
)

var sealed = session.NewSealed([]byte("0123456789abcdef0123456789abcdef"))

var anID = session.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

func TestSealedTokensComeBackAsTheyWere(t *testing.T) {
	for _, id := range []session.ID{{}, anID, session.NewID()} {
		for _, n := range []uint32{0, 1, 0x01020304, math.MaxUint32} {
			token := sealed.Refresh(id, n).Reveal()
			if got, counter, ok := sealed.OpenRefresh(token); !ok || got != id || counter != n {
				t.Errorf("number %d of %v came back as %d of %v, %v", n, id, counter, got, ok)
			}
			if len(token) != 52 || !strings.HasPrefix(token, "lpr_") {
				t.Errorf("refresh token %q is not of the documented form", token)
			}
		}
		value := sealed.Cookie(id).Reveal()
		if got, ok := sealed.OpenCookie(value); !ok || got != id || !strings.HasPrefix(value, "lps_") {
			t.Errorf("cookie %q of %v came back as %v, %v", value, id, got, ok)
		}
	}
}

// TestIDsOfSessionsAre128RandomBits: of 4,096 ids no two are the same, and no bit prefers a side.
//
// ASVS 7.2.3
func TestIDsOfSessionsAre128RandomBits(t *testing.T) {
	const n = 4096
	seen, ones := map[session.ID]bool{}, [128]int{}
	for range n {
		id := session.NewID()
		seen[id] = true
		for i := range ones {
			ones[i] += int(id[i/8] >> (i % 8) & 1)
		}
	}
	if len(seen) != n {
		t.Errorf("%d ids are there twice", n-len(seen))
	}
	for i, set := range ones {
		if set < n/2-n/10 || set > n/2+n/10 { // twelve standard deviations
			t.Errorf("bit %d is set in %d of %d ids", i, set, n)
		}
	}
}

func TestRefreshTokenHoldsItsNumberInTheClear(t *testing.T) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(sealed.Refresh(anID, 0x01020304).Reveal(), "lpr_"))
	if err != nil {
		t.Fatal(err)
	}
	if want := append(anID[:], 1, 2, 3, 4); !bytes.Equal(raw[:20], want) || len(raw) != 36 {
		t.Fatalf("token %x, want it to begin with %x", raw, want)
	}
}

// A server of tomorrow must know the tokens of today: the tag is HMAC-SHA256 over prefix and body, cut to 16 bytes.
func TestFormOfTheTagsIsFixed(t *testing.T) {
	for token, body := range map[string][]byte{
		sealed.Refresh(anID, 7).Reveal(): append(anID[:len(anID):len(anID)], 0, 0, 0, 7),
		sealed.Cookie(anID).Reveal():     anID[:],
	} {
		mac := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
		mac.Write([]byte(token[:4]))
		mac.Write(body)
		want := token[:4] + base64.RawURLEncoding.EncodeToString(append(slices.Clone(body), mac.Sum(nil)[:16]...))
		if token != want {
			t.Errorf("token %q, want %q", token, want)
		}
	}
}

// ASVS 7.2.1
func TestEveryAlteredBitIsRefused(t *testing.T) {
	for _, token := range []string{sealed.Refresh(anID, 7).Reveal(), sealed.Cookie(anID).Reveal()} {
		for i := range len(token) * 8 {
			altered := []byte(token)
			altered[i/8] ^= 1 << (i % 8)
			refused(t, string(altered))
		}
	}
}

func TestWhatWasNotWrittenExactlySoIsRefused(t *testing.T) {
	refresh, cookie := sealed.Refresh(anID, 7).Reveal(), sealed.Cookie(anID).Reveal()
	for _, token := range []string{refresh, cookie} {
		body := token[4:]
		for _, form := range []string{
			"", " ", "lpr_", "lps_", body, "lpr" + body, "LPR_" + body, " " + token, token + " ", token + "=", token + "\n", token[:20] + "\n" + token[20:],
			token[:len(token)-1], token + "A", token[:20] + "\r\n" + token[22:], token + token, "lpr_" + strings.Repeat("A", 48), strings.Repeat("A", 1<<20),
		} {
			refused(t, form)
		}
	}
	// The last character of a cookie carries two spare bits, which must be zero.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(cookie) - 1
	refused(t, cookie[:last]+string(alphabet[strings.IndexByte(alphabet, cookie[last])+1]))
}

func TestNoLineBreakStandsForZeros(t *testing.T) {
	for { // One in 65,536 cookies ends with two zeros, which a reader that passes over line breaks would supply.
		value := sealed.Cookie(session.NewID()).Reveal()
		if cut, ok := strings.CutSuffix(value, "AAA"); ok {
			refused(t, cut+"\n\n\n")
			refused(t, "lps_"+"\r\n\n"+cut[4:])
			return
		}
	}
}

func TestCookieIsNoRefreshTokenAndTheOtherWayRound(t *testing.T) {
	refused(t, "lps_"+sealed.Refresh(anID, 7).Reveal()[4:])
	refused(t, "lpr_"+sealed.Cookie(anID).Reveal()[4:])
	if _, ok := sealed.OpenCookie(sealed.Refresh(anID, 7).Reveal()); ok {
		t.Error("a refresh token is taken for a cookie")
	}
	if _, _, ok := sealed.OpenRefresh(sealed.Cookie(anID).Reveal()); ok {
		t.Error("a cookie is taken for a refresh token")
	}
	// The tags differ in more than their length: that of a cookie does not seal an id for a refresh token.
	raw, err := base64.RawURLEncoding.DecodeString(sealed.Cookie(anID).Reveal()[4:])
	if err != nil {
		t.Fatal(err)
	}
	forged := append(append(anID[:len(anID):len(anID)], 0, 0, 0, 7), raw[16:]...)
	refused(t, "lpr_"+base64.RawURLEncoding.EncodeToString(forged))
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	other := session.NewSealed([]byte("0123456789abcdef0123456789abcdeF"))
	refused(t, other.Refresh(anID, 7).Reveal())
	refused(t, other.Cookie(anID).Reveal())
}

func TestKeyOfTheTagsIsCopied(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	s := session.NewSealed(key)
	clear(key)
	if _, _, ok := s.OpenRefresh(sealed.Refresh(anID, 7).Reveal()); !ok {
		t.Error("the caller's key was kept, not copied")
	}
}

func TestTokensAreNotPrinted(t *testing.T) {
	token := sealed.Refresh(anID, 7)
	if text := fmt.Sprintf("%v %+v %#v %s %q", token, token, token, token, token); strings.Contains(text, "lpr_") {
		t.Errorf("a token shows itself: %s", text)
	}
}

func TestIDsAreReadStrictly(t *testing.T) {
	if id, ok := session.ParseID(anID.String()); !ok || id != anID {
		t.Fatalf("%s came back as %s, %v", anID, id, ok)
	}
	if id := session.NewID(); id.IsZero() || id == session.NewID() || !(session.ID{}).IsZero() {
		t.Error("a new id is not new")
	}
	text := anID.String()
	for _, wrong := range []string{"", text[:21], text + "A", text[:21] + "=", text[:20] + "\n" + text[21:], text[:21] + "h", strings.ToUpper(text) + " "} {
		if id, ok := session.ParseID(wrong); ok {
			t.Errorf("%q is read as %s", wrong, id)
		}
	}
}

func refused(t *testing.T, token string) {
	t.Helper()
	if id, n, ok := sealed.OpenRefresh(token); ok {
		t.Errorf("%.60q is taken for refresh token %d of %v", token, n, id)
	}
	if id, ok := sealed.OpenCookie(token); ok {
		t.Errorf("%.60q is taken for the cookie of %v", token, id)
	}
}

func FuzzOpen(f *testing.F) {
	for _, token := range []string{sealed.Refresh(anID, 7).Reveal(), sealed.Cookie(anID).Reveal(), "lpr_", "lps_", ""} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if id, n, ok := sealed.OpenRefresh(token); ok && sealed.Refresh(id, n).Reveal() != token {
			t.Errorf("%q opens as number %d of %v, which is written otherwise", token, n, id)
		}
		if id, ok := sealed.OpenCookie(token); ok && sealed.Cookie(id).Reveal() != token {
			t.Errorf("%q opens as the cookie of %v, which is written otherwise", token, id)
		}
	})
}

func FuzzSealedBodies(f *testing.F) {
	f.Add(anID[:], uint32(7))
	f.Fuzz(func(t *testing.T, bytes []byte, n uint32) {
		var id session.ID
		copy(id[:], bytes)
		if got, counter, ok := sealed.OpenRefresh(sealed.Refresh(id, n).Reveal()); !ok || got != id || counter != n {
			t.Errorf("number %d of %v came back as %d of %v, %v", n, id, counter, got, ok)
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add(anID.String())
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := session.ParseID(text); ok && id.String() != text {
			t.Errorf("%q is read as %s", text, id)
		}
	})
}
