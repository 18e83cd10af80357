package password

import (
	"testing"

	"github.com/lingpai/lingpai/internal/argon2id"
)

// FuzzParse holds two properties: whatever is accepted can be computed at a bearable cost, and an accepted Argon2 hash encodes to
// exactly the text it was read from.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
		"$scrypt$ln=4,r=8,p=1$c29tZXNhbHQ$RviVuqoYXwJlwdpwjXmZU95ZL1dsRTi366mc7XAO51s",
		"$pbkdf2-sha256$i=1000,l=32$c29tZXNhbHQ$RviVuqoYXwJlwdpwjXmZU95ZL1dsRTi366mc7XAO51s",
		"$pbkdf2-sha512$1000$c29tZXNhbHQ$RviVuqoYXwJlwdpwjXmZU95ZL1dsRTi366mc7XAO51s",
		"pbkdf2_sha256$1000$seasalt$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=",
		"$argon2id$v=19$m=4294967295,t=4294967295,p=255$c29tZXNhbHQ$AAAA",
		"$$$$$", "$2$", "pbkdf2_",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := parse(s)
		if err != nil {
			if e != nil {
				t.Error("a hash comes with an error")
			}
			return
		}
		if e.memoryKiB() > maxMemoryKiB {
			t.Errorf("%d KiB accepted", e.memoryKiB())
		}
		if h, ok := e.(argon2Hash); ok && h.String() != s {
			t.Errorf("%q encodes to %q", s, h)
		}
		if cheapToCompute(e) {
			if _, err := e.matches("p", new(argon2id.Memory)); err != nil {
				t.Errorf("%q was accepted and cannot be computed: %v", s, err)
			}
		}
	})
}

func cheapToCompute(e encoded) bool {
	switch h := e.(type) {
	case argon2Hash:
		return h.trafficKiB() <= 4096
	case scryptHash:
		return h.memoryKiB()*h.p <= 4096
	case pbkdf2Hash:
		return h.iterations <= 10_000
	case bcryptHash:
		return h[4] == '0' && h[5] <= '6'
	}
	return false
}

func FuzzPolicy(f *testing.F) {
	f.Add("correct horse battery staple", "alice@example.com")
	f.Add("aaaaaaaaaaaaaaab", "aaaa")
	f.Add("\xff", "\xff\xfe\xfd\xfc")
	f.Fuzz(func(t *testing.T, password, context string) {
		r := Policy{}.Check(password, context)
		if r != nil && len(r.Reasons) == 0 {
			t.Error("rejected without a reason")
		}
		if r == nil && acceptable(password) != nil {
			t.Error("the policy permits what cannot be hashed")
		}
	})
}
