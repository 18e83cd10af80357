package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// password is that of every account made here; hashing it costs what hashing any other does.
const password = "a long enough phrase for benchmarks"

// server is the program under test.
type server struct {
	cmd  *exec.Cmd
	addr string // host:port
	dir  string
	// ready is the time from starting the process to its saying that it answers.
	ready time.Duration
}

// start runs `lingpai serve` on a free port and waits until it answers. env adds to its environment.
func start(binary, dir string, env ...string) (*server, error) {
	return startWith(binary, dir, nil, env...)
}

// startWith is start with more arguments.
func startWith(binary, dir string, args []string, env ...string) (*server, error) {
	s := &server{dir: dir}
	s.cmd = exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, args...)...)
	s.cmd.Env = append(append(os.Environ(), "LINGPAI_LOG_LEVEL=warn"), env...)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, port, ok := strings.Cut(lines.Text(), "http://localhost:"); ok {
			s.ready = time.Since(began)
			s.addr = "127.0.0.1:" + strings.Fields(port)[0]
			go func() { // until the process ends
				for lines.Scan() {
				}
			}()
			return s, nil
		}
	}
	return nil, fmt.Errorf("the server said no address: %w", s.cmd.Wait())
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// addUsers makes accounts u0 to u(n-1) by an import of one hash, so that it takes no time.
func addUsers(binary, dir string, n int) error {
	for i := range n {
		cmd := exec.Command(binary, "user", "add", fmt.Sprintf("u%d", i), "--password-stdin", "--data", dir)
		cmd.Stdin = strings.NewReader(password)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("add user: %w: %s", err, out)
		}
	}
	return nil
}

// cpu is the processor time that the server has used, user and system.
func (s *server) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / 100
}

// memory is what the server and its hashing process hold together, in bytes. Pages of the program, which both map, count once: each process
// has its share of them (PSS).
func (s *server) memory() int64 {
	total := figureOf(s.cmd.Process.Pid, "smaps_rollup", "Pss")
	for _, child := range childrenOf(s.cmd.Process.Pid) {
		total += figureOf(child, "smaps_rollup", "Pss")
	}
	return total
}

// peak is the most that each of them held, added up, in bytes; of the program's pages, those that the server maps.
func (s *server) peak() int64 {
	total := figureOf(s.cmd.Process.Pid, "status", "VmHWM")
	for _, child := range childrenOf(s.cmd.Process.Pid) {
		total += figureOf(child, "status", "VmHWM") - figureOf(child, "status", "RssFile")
	}
	return total
}

// figureOf reads a line such as "VmHWM:  123 kB".
func figureOf(pid int, file, name string) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "\n"+name+":")
	kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10
}

func childrenOf(pid int) (children []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, f := range strings.Fields(string(b)) {
			child, _ := strconv.Atoi(f)
			children = append(children, child)
		}
	}
	return children
}
