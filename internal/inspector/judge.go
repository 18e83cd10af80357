package inspector

import (
	"context"
	"errors"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

// Verdict is how an API that trusts one issuer, and is called by one name, judges a token.
type Verdict struct {
	// Code, Detail and Advice are those of the refusal; "" when the token would be accepted.
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
	Advice string     `json:"advice"`
	// Cause is the inner reason, which an API logs and does not send.
	Cause string `json:"cause,omitzero"`
	// Assumed says that there was no key: the verdict holds if the signature does.
	Assumed bool   `json:"assumed"`
	Steps   []Step `json:"steps"`
}

// Step is one rule of the judgement.
type Step struct {
	Rule    Rule    `json:"rule"`
	Outcome Outcome `json:"outcome"`
}

// Rule is the name of a step.
type Rule string

// The rules, in the order in which token.Rules judges.
const (
	RuleParts     Rule = "parts"     // three parts that read
	RuleKey       Rule = "key"       // the algorithm is the one that its key is for
	RuleSignature Rule = "signature" // it holds
	RuleClaims    Rule = "claims"    // what RFC 9068 asks for reads
	RuleType      Rule = "type"
	RuleIssuer    Rule = "issuer"
	RuleAudience  Rule = "audience"
	RuleProfile   Rule = "profile" // sub, jti and client_id are there, and the lifetime is sane
	RuleTime      Rule = "time"
	RuleSession   Rule = "session" // never looked at here
)

var rules = []Rule{RuleParts, RuleKey, RuleSignature, RuleClaims, RuleType, RuleIssuer, RuleAudience, RuleProfile, RuleTime, RuleSession}

// Outcome is how a step came out.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// judge asks package token. Without a key it judges what the token says under a key of its own.
func (r *Report) judge(text string, o Options) *Verdict {
	if o.Issuer == "" || len(o.Audience) == 0 || o.Now.IsZero() {
		return nil
	}
	j := judgement{find: o.Keys}
	if o.Secret != nil {
		j.find = r.secretKey(o.Secret)
	}
	if j.find == nil {
		text, j.assumed = j.assume(text)
	}
	judge := token.Rules{
		Issuer: o.Issuer, Audience: o.Audience, Now: func() time.Time { return o.Now },
		Keys: func(_ context.Context, kid string) (*jose.Key, error) { return j.key(kid), nil },
	}
	_, err := judge.Judge(context.Background(), text)
	return j.verdict(text, err)
}

// secretKey finds for every kid the key of a secret, and none if the secret is too short for the algorithm: an API would not start with it.
func (r *Report) secretKey(secret []byte) func(string) *jose.Key {
	alg, _ := r.part("header").member("alg")
	key, err := jose.NewKey(jose.Algorithm(alg.text()), secret)
	if err != nil {
		key = nil
	}
	return func(string) *jose.Key { return key }
}

// judgement remembers of one judging what its error does not say.
type judgement struct {
	find    func(kid string) *jose.Key
	missing bool // there is no such key
	assumed bool
}

func (j *judgement) key(kid string) *jose.Key {
	key := j.find(kid)
	j.missing = key == nil
	return key
}

// assume signs what a token says anew, so that the rules behind the signature can be asked. A token that does not read stays as it is.
func (j *judgement) assume(text string) (signed string, assumed bool) {
	j.find = func(string) *jose.Key { return nil }
	m, err := jose.Parse(text)
	if err != nil {
		return text, false
	}
	key, err := jose.GenerateKey(jose.EdDSA)
	if err != nil {
		return text, false
	}
	if signed, err = jose.Sign(key, m.Header().Type, m.UnverifiedPayload()); err != nil {
		return text, false
	}
	j.find = func(string) *jose.Key { return key }
	return signed, true
}

func (j *judgement) verdict(text string, err error) *Verdict {
	v := &Verdict{Assumed: j.assumed}
	failed := RuleSession // which is never looked at
	if err != nil {
		refusal := fault.From(err)
		v.Code, v.Detail, v.Advice = refusal.Code, refusal.Detail(), refusal.Code.Advice()
		if refusal.Cause != nil {
			v.Cause = refusal.Cause.Error()
		}
		failed = j.ruleOf(text, refusal)
	}
	outcome := Passed
	for _, rule := range rules {
		step := Step{rule, outcome}
		switch {
		case rule == failed && err != nil:
			step.Outcome, outcome = Failed, Skipped
		case rule == RuleSession, j.assumed && (rule == RuleKey || rule == RuleSignature):
			step.Outcome = Skipped
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

// ruleOf says which rule a refusal comes from.
func (j *judgement) ruleOf(text string, r *fault.Refusal) Rule {
	if j.missing {
		return RuleKey
	}
	switch r.Code {
	case fault.TokenAlgorithm:
		return RuleKey
	case fault.TokenSignature:
		return RuleSignature
	case fault.TokenType:
		return RuleType
	case fault.TokenIssuer:
		return RuleIssuer
	case fault.TokenAudience:
		return RuleAudience
	case fault.TokenExpired, fault.TokenNotYetValid:
		return RuleTime
	}
	if _, err := jose.Parse(text); errors.Is(err, jose.ErrMalformed) {
		return RuleParts
	}
	if r.Cause != nil {
		return RuleClaims
	}
	return RuleProfile
}
