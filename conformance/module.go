package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// plan is a test plan under the name that the suite gives it.
type plan struct {
	name    string
	title   string
	about   string
	setup   func(*T) clients // makes the clients that its modules share, once
	modules []module
	each    func(*T) // what is different in every module of this plan; nil for nothing
}

// module is a module of a plan.
type module struct {
	name    string
	section string // of the standard that it holds the server to
	about   string
	run     func(*T)
}

// clients are the apps that the modules of a plan use. second is there to try what belongs to first.
type clients struct{ first, second *client }

type verdict string

const (
	pass     verdict = "PASS"
	warning  verdict = "WARNING"   // allowed, but not what everybody expects; the note says why
	skipped  verdict = "SKIPPED"   // the module is about something that a server may go without, and says so in its metadata
	notBuilt verdict = "NOT BUILT" // the module is about something that this server is to have, and has not
	fail     verdict = "FAIL"
)

type result struct {
	plan    *plan
	module  *module
	verdict verdict
	note    string
}

// T is one run of one module: a person at an empty browser, and the clients of the plan.
type T struct {
	*OP
	clients
	browser *browser
	plan    *plan
	mode    string // response_mode of authorization requests; "" for the default
	pkce    bool   // every request has a PKCE challenge
	strict  bool   // tokens are signed by the algorithms of FAPI alone
	nonce   string // for DPoP proofs, as the userinfo endpoint gave it
	slots   chan struct{}
	notes   []string
}

// stop ends a module early.
type stop struct {
	verdict verdict
	note    string
}

// must fails the module if ok is false. section is where the standard says so.
func (t *T) must(ok bool, section, complaint string, args ...any) {
	if !ok {
		panic(stop{fail, fmt.Sprintf(complaint, args...) + " (" + section + ")"})
	}
}

// should notes a warning if ok is false.
func (t *T) should(ok bool, section, complaint string, args ...any) {
	if !ok {
		t.notes = append(t.notes, fmt.Sprintf(complaint, args...)+" ("+section+")")
	}
}

// skip ends a module that is about something that the server says it does not do.
func (t *T) skip(why string) { panic(stop{skipped, why}) }

// needs ends the module as not built unless the metadata has this member, and it says something other than no.
func (t *T) needs(member string) {
	if v, ok := t.meta[member]; !ok || v == false {
		panic(stop{notBuilt, "the metadata has no " + member})
	}
}

// check fails the module on an error of its own surroundings, such as a server that does not answer.
func (t *T) check(err error) {
	if err != nil {
		panic(stop{fail, err.Error()})
	}
}

// wait lets time pass, and other modules run meanwhile.
func (t *T) wait(d time.Duration) { t.aside(func() { time.Sleep(d) }) }

// aside does what takes time but no work, and other modules run meanwhile.
func (t *T) aside(do func()) {
	<-t.slots
	defer func() { t.slots <- struct{}{} }()
	do()
}

// plans are all that there are, in the order of the page.
func plans() []plan {
	return []plan{
		config(), basic(), formPost(), rpLogout(), backchannelLogout(), frontchannelLogout(), dynamic(), dpopProofs(),
		fapi2(variant{"private_key_jwt", "dpop"}), fapi2(variant{"private_key_jwt", "mtls"}), fapi2(variant{"mtls", "dpop"}), fapi2(variant{"mtls", "mtls"}),
		messageSigning(),
	}
}

// runPlans runs all modules whose name, or whose plan's, contains only. They have a browser each, so many run at a time.
func runPlans(s *server, only string) []result {
	var results []*result
	var group sync.WaitGroup
	slots := make(chan struct{}, 2*runtime.NumCPU())
	for _, p := range plans() {
		var once sync.Once
		var made clients
		var refused any
		shared := func(t *T) {
			once.Do(func() {
				defer func() { refused = recover() }()
				made = p.setup(t)
			})
			if refused != nil {
				panic(refused)
			}
			t.clients = made
		}
		for i := range p.modules {
			m := &p.modules[i]
			if !strings.Contains(m.name+" "+p.name, only) {
				continue
			}
			r := &result{plan: &p, module: m}
			results = append(results, r)
			group.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				t := &T{OP: s.op(), plan: &p, slots: slots}
				r.verdict, r.note = t.judge(m, shared)
			})
		}
	}
	group.Wait()
	all := make([]result, len(results))
	for i, r := range results {
		all[i] = *r
	}
	return all
}

// judge runs a module, after what every module does first.
func (t *T) judge(m *module, setup func(*T)) (verdict, string) {
	t.browser = newBrowser(t.OP)
	return t.guarded(func(t *T) {
		t.discover()
		setup(t)
		if t.plan.each != nil {
			t.plan.each(t)
		}
		m.run(t)
	})
}

// guarded runs a part of a module, and says how it ended.
func (t *T) guarded(run func(*T)) (v verdict, note string) {
	defer func() {
		switch end := recover().(type) {
		case nil:
		case stop:
			v, note = end.verdict, end.note
		default:
			v, note = fail, fmt.Sprintf("panic: %v\n%s", end, debug.Stack())
		}
	}()
	run(t)
	if len(t.notes) > 0 {
		return warning, strings.Join(t.notes, "; ")
	}
	return pass, ""
}
