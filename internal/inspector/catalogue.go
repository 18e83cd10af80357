package inspector

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed catalogue/*.json
var catalogueFiles embed.FS

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Danger  Severity = "danger"  // the token, or whoever accepts it, can be attacked
	Warning Severity = "warning" // it works and should not be so
	Note    Severity = "note"    // good to know
)

// Reference is what is said of a finding in every language.
type Reference struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	// Source is where it is written, as "RFC 8725 §3.1", and URL its address.
	Source string `json:"source"`
	URL    string `json:"url"`
}

// Words explain one finding. "{what}" in them stands for Finding.What.
type Words struct {
	Title string `json:"title"`
	Why   string `json:"why"`
	Do    string `json:"do"`
}

// Catalogue explains tokens in one language.
type Catalogue struct {
	// Header and Claims explain members by their name.
	Header map[string]string `json:"header"`
	Claims map[string]string `json:"claims"`
	// Algorithms, Types and Places explain values of alg and typ, and where a token was found.
	Algorithms map[string]string `json:"algorithms"`
	Types      map[string]string `json:"types"`
	Places     map[Place]string  `json:"places"`
	// Rules word the steps of a verdict that passed or were skipped, Broken the one that failed.
	Rules  map[Rule]string `json:"rules"`
	Broken map[Rule]string `json:"broken"`
	// Findings word the findings by their id.
	Findings map[string]Words `json:"findings"`
}

var (
	references   = load[[]Reference]("rules")
	knownSecrets = load[[]string]("secrets")
	catalogues   = map[string]func() Catalogue{"en": load[Catalogue]("en"), "zh-Hans": load[Catalogue]("zh-Hans")}
)

// load reads a file that is part of the binary when it is first asked for: most runs of the program explain no token. One that does not read
// is a mistake of ours, which every test finds.
func load[T any](name string) func() T {
	return sync.OnceValue(func() (v T) {
		data, err := catalogueFiles.ReadFile("catalogue/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(data, &v)
		}
		if err != nil {
			panic(fmt.Sprintf("read catalogue %s: %v", name, err))
		}
		return v
	})
}

// In returns the catalogue of a language, "en" or "zh-Hans"; any other one gets English.
func In(lang string) Catalogue {
	if c, ok := catalogues[lang]; ok {
		return c()
	}
	return catalogues["en"]()
}

// About returns what is said of a finding in every language.
func (f Finding) About() Reference {
	for _, r := range references() {
		if r.ID == f.ID {
			return r
		}
	}
	return Reference{ID: f.ID}
}

// Words explain a finding.
func (c Catalogue) Words(f Finding) Words {
	w := c.Findings[f.ID]
	what := strings.NewReplacer("{what}", f.What)
	return Words{what.Replace(w.Title), what.Replace(w.Why), what.Replace(w.Do)}
}

// Step words a step of a verdict.
func (c Catalogue) Step(s Step) string {
	if s.Outcome == Failed {
		return c.Broken[s.Rule]
	}
	return c.Rules[s.Rule]
}

// Explain says what a member of a header or payload means: its value where that has a meaning of its own, otherwise its name, or "".
func (c Catalogue) Explain(part string, m Member) string {
	if part != "header" {
		return c.Claims[m.Name]
	}
	switch m.Name {
	case "alg":
		if meaning, ok := c.Algorithms[m.text()]; ok {
			return meaning
		}
	case "typ":
		if meaning, ok := c.Types[strings.TrimPrefix(strings.ToLower(m.text()), "application/")]; ok {
			return meaning
		}
	}
	return c.Header[m.Name]
}

// Knowledge is all that the page needs to explain tokens without asking anybody.
type Knowledge struct {
	Catalogue  Catalogue   `json:"catalogue"`
	References []Reference `json:"references"`
	// Secrets are the well-known ones that a weak signature is tried with.
	Secrets []string `json:"secrets"`
}

// KnowledgeIn is what the page knows in a language.
func KnowledgeIn(lang string) Knowledge { return Knowledge{In(lang), references(), knownSecrets()} }
