package inspector

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

// Kind is what a text turned out to be.
type Kind string

// The kinds.
const (
	Signed    Kind = "jws"     // three parts: a signed token (RFC 7515)
	Encrypted Kind = "jwe"     // five parts: an encrypted token (RFC 7516), which is shown and not opened
	Refresh   Kind = "refresh" // a refresh token of Lingpai, which says nothing
	Unknown   Kind = "unknown" // anything else
)

// Signature is what is known of a token's signature.
type Signature string

// What may be known of a signature.
const (
	Unchecked Signature = "unchecked" // there was nothing to check it with
	Holds     Signature = "holds"     // the key made it, over exactly this header and payload
	Broken    Signature = "broken"    // it does not fit
	NoKey     Signature = "no_key"    // none of the keys is the token's
)

// Options say what a token is looked at with. The zero value shows it and reads nothing into it but its form.
type Options struct {
	// Now is the time of the verdict; the zero value means that none is given.
	Now time.Time
	// Issuer and Audience are what an API would ask for; both are needed for a verdict.
	Issuer   string
	Audience []string
	// Keys finds a public key by its id; nil leaves the signature unchecked.
	Keys func(kid string) *jose.Key
	// Secret is an HMAC secret to check with, of any length; it goes before Keys.
	Secret []byte
}

// Report is all that can be said of a token.
type Report struct {
	Kind      Kind      `json:"kind"`
	Length    int       `json:"length"` // in bytes, as it is sent
	Parts     []Part    `json:"parts"`
	Times     []Moment  `json:"times"`
	Signature Signature `json:"signature"`
	Findings  []Finding `json:"findings"`
	// Verdict is nil when none could be given: see [Options].
	Verdict *Verdict `json:"verdict,omitzero"`
}

// Moment is a claim that names a time.
type Moment struct {
	Claim string    `json:"claim"`
	At    time.Time `json:"at"`
}

// maxParts is how many parts of a text are shown; five is the most that a token has.
const maxParts = 6

// Inspect takes a token apart. It takes any text.
func Inspect(token string, o Options) *Report {
	r := &Report{Kind: Unknown, Length: len(token), Signature: Unchecked, Times: []Moment{}, Findings: []Finding{}}
	texts := strings.SplitN(token, ".", maxParts)
	names := []string{"header", "payload", "signature", "", "", ""}
	switch {
	case len(texts) == 3:
		r.Kind = Signed
	case len(texts) == 5:
		r.Kind, names = Encrypted, []string{"header", "encrypted_key", "iv", "ciphertext", "tag"}
	case strings.HasPrefix(token, "lpr_"):
		r.Kind, names, texts = Refresh, []string{""}, texts[:0]
	}
	for i, sent := range texts {
		p := newPart(names[i], sent)
		if p.Name == "header" || p.Name == "payload" {
			p.readObject()
		}
		r.Parts = append(r.Parts, p)
	}
	r.Times = times(r.part("payload"))
	r.Signature = r.checkSignature(token, o)
	r.Findings = r.lint(token)
	r.Verdict = r.judge(token, o)
	return r
}

// part finds a part by its name; one that is not there is empty.
func (r *Report) part(name string) *Part {
	for i := range r.Parts {
		if r.Parts[i].Name == name {
			return &r.Parts[i]
		}
	}
	return &Part{Name: name}
}

// timeClaims are the claims that name a time, in the order of a token's life.
var timeClaims = []string{"auth_time", "iat", "nbf", "exp"}

// lastTime is the end of the year 9999, after which no date is written.
const lastTime = 253402300799

func times(payload *Part) []Moment {
	found := []Moment{}
	for _, name := range timeClaims {
		m, _ := payload.member(name)
		if f, ok := m.number(); ok && f > 0 && f <= lastTime {
			found = append(found, Moment{name, time.Unix(int64(f), 0).UTC()})
		}
	}
	return found
}

func (r *Report) checkSignature(token string, o Options) Signature {
	header := r.part("header")
	alg, _ := header.member("alg")
	switch {
	case r.Kind != Signed || o.Secret == nil && o.Keys == nil:
		return Unchecked
	case o.Secret != nil:
		if _, ok := hashes[alg.text()]; !ok {
			return NoKey
		}
		if r.signedWith(token, o.Secret) {
			return Holds
		}
		return Broken
	}
	kid, _ := header.member("kid")
	key := o.Keys(kid.text())
	if key == nil {
		return NoKey
	}
	if m, err := jose.Parse(token); err == nil {
		if _, err = m.Verify(key); err == nil {
			return Holds
		}
	}
	return Broken
}

var hashes = map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}

// signedWith reports whether an HMAC secret of any length made the signature.
func (r *Report) signedWith(token string, secret []byte) bool {
	alg, _ := r.part("header").member("alg")
	newHash, ok := hashes[alg.text()]
	signature := r.part("signature").decoded
	if !ok || len(signature) == 0 {
		return false
	}
	mac := hmac.New(newHash, secret)
	mac.Write([]byte(token[:strings.LastIndexByte(token, '.')]))
	return hmac.Equal(mac.Sum(nil), signature)
}
