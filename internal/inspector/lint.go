package inspector

import (
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/pattern"
)

// Finding is something that is wrong with a token, whoever judges it. Its severity, its reference and its words are in the catalogue.
type Finding struct {
	ID string `json:"id"`
	// What is the member, the part or the figure that it is about, or "".
	What string `json:"what,omitzero"`
}

// checks are the rules in the order of catalogue/rules.json. Each says what it found, which is "" where there is nothing to name.
var checks = []struct {
	id   string
	find func(r *Report, token string) []string
}{
	{"not_a_token", func(r *Report, _ string) []string { return when(r.Kind == Unknown, strconv.Itoa(len(r.Parts))) }},
	{"refresh_token", func(r *Report, _ string) []string { return when(r.Kind == Refresh, "") }},
	{"encrypted", func(r *Report, _ string) []string { return when(r.Kind == Encrypted, "") }},
	{"encoding_loose", func(r *Report, _ string) []string { return partsThat(r, func(p *Part) bool { return p.loose }) }},
	{"part_unreadable", findUnreadable},
	{"duplicate_name", func(r *Report, _ string) []string { return repeated(r, func(a, b string) bool { return a == b }) }},
	{"name_case", func(r *Report, _ string) []string {
		return repeated(r, func(a, b string) bool { return a != b && strings.EqualFold(a, b) })
	}},
	{"alg_none", func(r *Report, _ string) []string { return when(isNone(r.alg()), r.alg()) }},
	{"alg_unknown", findUnknownAlgorithm},
	{"signature_missing", func(r *Report, _ string) []string {
		return when(r.Kind == Signed && r.part("signature").Sent == "" && !isNone(r.alg()), "")
	}},
	{"weak_secret", findWeakSecret},
	{"key_in_header", func(r *Report, _ string) []string { return present(r.part("header"), "jwk", "jku", "x5u", "x5c") }},
	{"kid_odd", findOddKeyID},
	{"crit", func(r *Report, _ string) []string { return present(r.part("header"), "crit") }},
	{"b64", func(r *Report, _ string) []string { return present(r.part("header"), "b64") }},
	{"zip", func(r *Report, _ string) []string { return present(r.part("header"), "zip") }},
	{"typ_missing", func(r *Report, _ string) []string {
		return when(r.Kind == Signed && r.part("header").isObject() == nil && !r.part("header").has("typ"), "")
	}},
	{"typ_wrong", func(r *Report, _ string) []string {
		return when(r.isAccess() && !r.isIDToken() && r.part("header").has("typ") && r.typ() != "at+jwt", r.typ())
	}},
	{"id_token", func(r *Report, _ string) []string { return when(r.isIDToken(), "") }},
	{"iss_missing", func(r *Report, _ string) []string { return r.absent("iss") }},
	{"aud_missing", func(r *Report, _ string) []string { return r.absent("aud") }},
	{"exp_missing", func(r *Report, _ string) []string { return r.absent("exp") }},
	{"time_milliseconds", func(r *Report, _ string) []string {
		return timesThat(r, func(f float64, ok bool) bool { return ok && f > milliseconds })
	}},
	{"time_odd", func(r *Report, _ string) []string {
		return timesThat(r, func(f float64, ok bool) bool { return !ok || f <= 0 })
	}},
	{"lifetime_long", findLongLife},
	{"secret_in_payload", findSecrets},
	{"personal_data", findPersonalData},
	{"size_header", func(r *Report, _ string) []string { return when(r.Length > headerLimit, strconv.Itoa(r.Length)) }},
	{"size_cookie", func(r *Report, _ string) []string {
		return when(r.Length > cookieLimit && r.Length <= headerLimit, strconv.Itoa(r.Length))
	}},
}

const (
	cookieLimit  = 4096 // what a browser keeps at least, name and attributes included (RFC 6265, section 6.1)
	headerLimit  = 8192 // what common servers take for one header field
	milliseconds = 1e11 // a time of this century is below it in seconds, and above it in milliseconds
	longLife     = 24 * 3600
)

func (r *Report) lint(token string) []Finding {
	found := []Finding{}
	for _, c := range checks {
		for _, what := range c.find(r, token) {
			found = append(found, Finding{c.id, what})
		}
	}
	return found
}

func when(found bool, what string) []string {
	if !found {
		return nil
	}
	return []string{what}
}

func (r *Report) alg() string {
	m, _ := r.part("header").member("alg")
	return m.text()
}

// typ is the type in the form in which types are compared (RFC 7515, section 4.1.9).
func (r *Report) typ() string {
	m, _ := r.part("header").member("typ")
	return strings.TrimPrefix(strings.ToLower(m.text()), "application/")
}

func isNone(alg string) bool { return strings.EqualFold(strings.TrimSpace(alg), "none") }

// isAccess tells an access token by what only access tokens have.
func (r *Report) isAccess() bool {
	return r.Kind == Signed && len(present(r.part("payload"), "client_id", "scope", "scp")) > 0
}

// isIDToken tells an ID token by what only ID tokens have (OpenID Connect Core, section 2).
func (r *Report) isIDToken() bool {
	return r.Kind == Signed && r.typ() != "at+jwt" && r.typ() != "dpop+jwt" && len(present(r.part("payload"), "nonce", "at_hash", "c_hash")) > 0
}

func present(p *Part, names ...string) (found []string) {
	for _, name := range names {
		if p.has(name) {
			found = append(found, name)
		}
	}
	return found
}

// absent finds a claim that a token of any kind but a DPoP proof has.
func (r *Report) absent(name string) []string {
	payload := r.part("payload")
	return when(r.Kind == Signed && payload.isObject() == nil && r.typ() != "dpop+jwt" && !payload.has(name), "")
}

func partsThat(r *Report, test func(*Part) bool) (found []string) {
	for i := range r.Parts {
		if test(&r.Parts[i]) {
			found = append(found, r.Parts[i].Name)
		}
	}
	return found
}

func findUnreadable(r *Report, _ string) []string {
	if r.Kind == Unknown {
		return nil
	}
	return partsThat(r, func(p *Part) bool {
		text := p.Name == "header" || p.Name == "payload"
		return p.decoded == nil || text && p.isObject() != nil
	})
}

func repeated(r *Report, same func(a, b string) bool) (found []string) {
	for _, p := range r.Parts {
		for i, m := range p.Members {
			for _, before := range p.Members[:i] {
				if same(before.Name, m.Name) {
					found = append(found, m.Name)
					break
				}
			}
		}
	}
	return found
}

func findUnknownAlgorithm(r *Report, _ string) []string {
	if r.Kind != Signed || r.part("header").isObject() != nil || isNone(r.alg()) {
		return nil
	}
	_, err := jose.ParseAlgorithm(r.alg())
	return when(err != nil, r.alg())
}

func findWeakSecret(r *Report, token string) []string {
	if r.Kind != Signed {
		return nil
	}
	for _, secret := range knownSecrets() {
		if r.signedWith(token, []byte(secret)) {
			return []string{secret}
		}
	}
	return nil
}

// oddKeyID finds what a name needs not, but an attack on a path, a query or a shell does.
var oddKeyID = pattern.Lazy("[\\\\'\"`;|<>\\x00-\\x1f]|\\.\\./|^/|--")

func findOddKeyID(r *Report, _ string) []string {
	m, ok := r.part("header").member("kid")
	kid := m.text()
	return when(ok && (kid == "" || len(kid) > 256 || oddKeyID().MatchString(kid)), "")
}

func timesThat(r *Report, test func(f float64, ok bool) bool) (found []string) {
	for _, name := range timeClaims {
		m, there := r.part("payload").member(name)
		if f, ok := m.number(); there && test(f, ok) {
			found = append(found, name)
		}
	}
	return found
}

// findLongLife says in whole hours how long a token lives that lives for more than a day.
func findLongLife(r *Report, _ string) []string {
	iat, _ := r.part("payload").member("iat")
	exp, _ := r.part("payload").member("exp")
	from, ok1 := iat.number()
	until, ok2 := exp.number()
	if !ok1 || !ok2 || until > milliseconds || until-from <= longLife {
		return nil
	}
	return []string{strconv.Itoa(int((until - from) / 3600))}
}

var (
	secretName = pattern.Lazy(`(?i)^(?:.*[_-])?(?:password|passwd|pwd|passphrase|secret|api_?key|private_?key|refresh_?token|` +
		`credit_?card|card_?number|cvv|pin)$`)
	secretText = pattern.Lazy(`^(?:-----BEGIN |lpr_|AKIA[0-9A-Z]{12}|sk_live_|ghp_|\$2[aby]\$|\$argon2)`)
	personName = pattern.Lazy(`^(?:email|phone|phone_number|birthdate|birthday|address|given_name|family_name|ssn|national_id|passport)$`)
	mailText   = pattern.Lazy(`^[^@\s/:]+@[^@\s/:]+\.[^@\s/:]+$`)
)

func findSecrets(r *Report, _ string) (found []string) {
	for _, m := range r.part("payload").Members {
		if secretName().MatchString(m.Name) || secretText().MatchString(m.text()) {
			found = append(found, m.Name)
		}
	}
	return found
}

// findPersonalData passes over ID tokens, which are made to carry it.
func findPersonalData(r *Report, _ string) (found []string) {
	if r.isIDToken() {
		return nil
	}
	for _, m := range r.part("payload").Members {
		if personName().MatchString(m.Name) || mailText().MatchString(m.text()) {
			found = append(found, m.Name)
		}
	}
	return found
}
