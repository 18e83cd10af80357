package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// State is what the program does just now.
type State string

// The states.
const (
	Waiting    State = "waiting"    // it does not run; it is started in a moment
	Starting   State = "starting"   // it runs, and its port is not open yet
	Ready      State = "ready"      // it takes connections
	Installing State = "installing" // packages change beneath it
)

// Options say what to run.
type Options struct {
	Command []string
	// Guard is the command line of a program that calls [Guard]; the command is put behind it.
	Guard  []string
	Folder string   // where it runs
	Env    []string // beside our own
	// Output gets what the program writes, line by line.
	Output io.Writer
	Now    func() time.Time
}

// Status is a moment of a Child.
type Status struct {
	State   State    `json:"state"`
	Command string   `json:"command"`
	Address string   `json:"address,omitempty"` // scheme, host and port; "" while nobody knows
	Says    string   `json:"says,omitempty"`    // what its output names as its address, if the dev file names another port
	Ended   string   `json:"ended,omitempty"`   // how the last run ended; "" if it was ended by us
	Exit    int      `json:"exit_code"`         // of that run
	Output  []string `json:"output"`            // the last lines, without colours
	Runs    int      `json:"runs"`              // how often it was started
}

// Child is a program that is kept running. It is safe for concurrent use.
type Child struct {
	options Options
	out     *output

	mu       sync.Mutex // guards the rest
	process  State      // Waiting, Starting or Ready
	packages *packages
	fixed    *url.URL           // of the dev file
	at       *url.URL           // where the port is open or will be
	stop     context.CancelFunc // ends this run; nil while there is none
	began    time.Time
	failures int // runs in a row that ended soon
	ended    string
	exit     int
	runs     int
	changed  chan struct{} // closed when a state changes
}

// New makes a Child; [Child.Run] runs it.
func New(o Options) *Child {
	return &Child{
		options: o, out: &output{to: o.Output}, process: Waiting, packages: newPackages(o.Folder), changed: make(chan struct{}),
	}
}

// At tells where the program listens; nil leaves it to be found in its output.
func (c *Child) At(address *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if (address == nil) != (c.fixed == nil) || address != nil && *address != *c.fixed {
		c.fixed = address
		c.at = address
		if c.process == Ready {
			c.set(Starting)
		}
	}
}

// Run keeps the program running until the context ends. The program has ended when it returns.
func (c *Child) Run(ctx context.Context) error {
	for c.pause(ctx) {
		if err := c.once(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pause waits until the program may be started: not during an installation, and later with each run that ended soon. It returns false when
// the context ended.
func (c *Child) pause(ctx context.Context) bool {
	c.mu.Lock()
	wait := time.Duration(0)
	if c.failures > 0 {
		wait = min(10*time.Second, 500*time.Millisecond<<min(c.failures-1, 5))
	}
	c.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	waited := false
	for {
		c.mu.Lock()
		ready, changed := (waited || c.failures == 0) && !c.packages.changing, c.changed
		c.mu.Unlock()
		if ready {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			waited = true
		case <-changed:
		}
	}
}

// once runs the program until it ends or is to start anew.
func (c *Child) once(ctx context.Context) error {
	runCtx, stop := context.WithCancel(ctx)
	defer stop()
	line := append(append([]string{}, c.options.Guard...), c.options.Command...)
	cmd := exec.CommandContext(runCtx, line[0], line[1:]...) //nolint:gosec // the developer's own command
	cmd.Dir, cmd.Env = c.options.Folder, append(os.Environ(), c.options.Env...)
	cmd.Stdout, cmd.Stderr = c.out, c.out // one writer for both is written to by one goroutine
	apart(cmd)
	alive, err := cmd.StdinPipe() // the guard ends everything when this closes
	if err != nil {
		return fmt.Errorf("make a pipe to the guard: %w", err)
	}
	cmd.Cancel = alive.Close
	cmd.WaitDelay = guardPatience + 5*time.Second
	c.out.begin()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the guard: %w", err)
	}
	c.started(stop)
	c.over(cmd.Wait(), runCtx.Err() != nil) // That the program ended is told, and is no error of ours.
	return nil
}

func (c *Child) started(stop context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop, c.began, c.at = stop, c.options.Now(), c.fixed
	c.runs++
	c.set(Starting)
}

// soon is how long a run lasts at least that is not held against the program.
const soon = 10 * time.Second

func (c *Child) over(err error, wanted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = nil
	switch {
	case wanted:
		c.failures, c.ended, c.exit = 0, "", 0
	case c.options.Now().Sub(c.began) < soon:
		c.failures++
		c.ended, c.exit = how(err), code(err)
	default:
		c.failures = 1
		c.ended, c.exit = how(err), code(err)
	}
	c.set(Waiting)
}

// how says in a clause how a run ended.
func how(err error) string {
	if err == nil {
		return "it ended by itself"
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case !ok:
		return err.Error()
	case exit.ExitCode() == exitNotFound:
		return "the command was not found (exit code 127)"
	}
	return fmt.Sprintf("it ended with exit code %d", exit.ExitCode())
}

// set puts the program into a state. The caller holds mu.
func (c *Child) set(s State) {
	c.process = s
	c.announce()
}

func (c *Child) announce() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Look sees whether the port is open by now, and whether packages have changed. The caller calls it from time to time.
func (c *Child) Look(ctx context.Context) error {
	c.lookAtPackages()
	c.mu.Lock()
	if c.at == nil {
		c.at = c.out.address()
	}
	probe, at, run := c.process == Starting && c.at != nil, c.at, c.runs
	c.mu.Unlock()
	if probe && open(ctx, at) {
		c.mu.Lock()
		if c.process == Starting && c.runs == run {
			c.set(Ready)
		}
		c.mu.Unlock()
	}
	return nil
}

func (c *Child) lookAtPackages() {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.packages.changing
	renewed := c.packages.look(c.options.Now())
	if renewed {
		c.failures = 0
		if c.stop != nil {
			c.stop()
			c.process = Waiting // for the next run
		}
	}
	if was != c.packages.changing || renewed {
		c.announce()
	}
}

// Suspect is told that the program gave an answer that may come of an installation that nobody has noticed yet. It reports whether that
// is so.
func (c *Child) Suspect() bool {
	c.lookAtPackages()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.packages.changing || c.process != Ready
}

// Lost is told that the program takes no connections: it ends, or opens its port anew.
func (c *Child) Lost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == Ready {
		c.set(Starting)
	}
}

// Status is what it does just now.
func (c *Child) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{State: c.state(), Command: strings.Join(c.options.Command, " "), Ended: c.ended, Exit: c.exit, Runs: c.runs, Output: c.out.tail()}
	if c.at != nil {
		s.Address = c.at.String()
	}
	if said := c.out.address(); c.fixed != nil && said != nil && port(said) != port(c.fixed) {
		s.Says = said.String()
	}
	return s
}

func (c *Child) state() State {
	if c.packages.changing {
		return Installing
	}
	return c.process
}

// Address is where the program takes connections, or nil while it does not.
func (c *Child) Address() *url.URL {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state() != Ready {
		return nil
	}
	return c.at
}

// Await waits until the program takes connections, and reports whether it does before the context ends.
func (c *Child) Await(ctx context.Context) bool {
	for {
		c.mu.Lock()
		ready, changed := c.state() == Ready, c.changed
		c.mu.Unlock()
		if ready {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// open reports whether somebody takes connections at an address. "localhost" may be either loopback family.
func open(ctx context.Context, at *url.URL) bool {
	hosts := []string{at.Hostname()}
	if at.Hostname() == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	d := net.Dialer{Timeout: 500 * time.Millisecond}
	for _, host := range hosts {
		conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, port(at)))
		if err == nil {
			_ = conn.Close() // nothing was said
			return true
		}
	}
	return false
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
