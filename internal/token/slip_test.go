package token

import (
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/fault"
)

func TestNoSchemeNamesTheSlip(t *testing.T) {
	const raw = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
	const plain = "No token came with this request."
	for _, tt := range []struct{ sent, want string }{
		{raw, "The Authorization header has a token without the word Bearer before it."},
		{`"` + raw + `"`, "The Authorization header has a token without the word Bearer before it."},
		{"Bearer: " + raw, "The Authorization header has a colon after the word Bearer, where a space belongs."},
		{"bearer:" + raw, "The Authorization header has a colon after the word Bearer, where a space belongs."},
		{"Bearer" + raw, "The Authorization header has no space between the word Bearer and the token."},
		{"Bearer=" + raw, "The Authorization header has no space between the word Bearer and the token."},
		{`"Bearer ` + raw + `"`, "The Authorization header is in quotes; send it without."},
		{"Authorization: Bearer " + raw, "The Authorization header repeats its own name; it begins with the word Bearer."},
		{"Token " + raw, "The Authorization header says Token; the access token comes after the word Bearer."},
		{"jwt " + raw, "The Authorization header says JWT; the access token comes after the word Bearer."},
		{"Basic YWxpY2U6c2VjcmV0", "The Authorization header says Basic; the access token comes after the word Bearer."},
		{"Hawk id=1", plain},
		{"", plain},
		{" ", plain},
	} {
		r := NoScheme(tt.sent)
		if r.Code != fault.TokenMissing || r.Detail() != tt.want {
			t.Errorf("%q: %s, %q, want %q", tt.sent, r.Code, r.Detail(), tt.want)
		}
		if strings.Contains(r.Detail(), "eyJ") || strings.Contains(r.Detail(), "YWxpY2U") {
			t.Errorf("%q is repeated: %s", tt.sent, r.Detail())
		}
	}
}
