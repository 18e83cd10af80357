package sqlstore

// Stage is a moment in the life of an act.
type Stage int

// The stages at which a [Fault] may strike.
const (
	BeforeEffect Stage = iota // nothing has been done yet
	BeforeCommit              // all statements have run; they must be undone. Rotations are merged, and have no such stage
	AfterCommit               // the act is durable, but its caller is told that it failed
)

// Fault is the seam for tests of failing acts: it is asked at each stage of each act, and what it returns is what the act fails with.
// Act names are those in error messages, such as "rotate session".
type Fault func(act string, stage Stage) error

func (f Fault) at(act string, stage Stage) error {
	if f == nil {
		return nil
	}
	return f(act, stage)
}
