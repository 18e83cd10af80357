package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

type refreshRow struct {
	clients int
	load
	bare load // the same number of clients at a handler that only signs
}

type readRow struct {
	path string
	load
}

type report struct {
	cores                                   int
	startFirst                              time.Duration
	starts                                  []time.Duration
	memoryStarted, memoryIdle, memoryLoaded int64
	refresh                                 []refreshRow
	reads                                   []readRow
	bare                                    float64
	logins                                  load
	loginRatios                             []float64
	hashes                                  map[string]float64 // of our Argon2id and the library's, by their units
	loginMemory, loginIdle                  int64
	calm, stormy                            load
	proxies                                 []proxyRow
	oauth                                   oauthFigures
	revoke                                  revokeFigures
	verify                                  []verifyRow
	gateway                                 gatewayFigures
	turns                                   int
	rivals                                  string // libraries and versions
}

func (r *report) write(file string) error {
	var b strings.Builder
	r.print(&b)
	if file == "" {
		_, err := io.WriteString(os.Stdout, b.String())
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

func (r *report) print(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("# Benchmarks\n")
	p("Written by `make bench`. The load runs on the machine of the server and shares its %d cores (%s, %s); every write is durable (SQLite, WAL, `synchronous=FULL`).", r.cores, cpuName(), runtime.Version())
	p("CPU is user and system time of the server for one operation. Absolute figures are those of a small shared machine; compare ratios.")
	p("*Missed* stands beside the targets that this run did not reach.\n")
	if len(r.starts) > 0 {
		p("## Start and memory\n")
		p("Memory is that of the server and of its hashing process together; pages of the program, which both map, count once.\n")
		p("| what | figure | target |\n|---|---|---|")
		p("| start to ready, with an existing key (median of %d) | %s | %s |", len(r.starts), ms(r.starts[len(r.starts)/2]), goal(r.starts[len(r.starts)/2] < 50*time.Millisecond, "< 50 ms"))
		p("| first start, with an empty data folder | %s | %s |", ms(r.startFirst), goal(r.startFirst < 500*time.Millisecond, "< 500 ms"))
		p("| memory, just started | %s |  |", mb(r.memoryStarted))
		p("| memory, idle (six seconds later) | %s | %s |", mb(r.memoryIdle), goal(r.memoryIdle < 30e6, "< 30 MB"))
		if r.memoryLoaded > 0 {
			p("| memory, after the refresh load below | %s | %s |", mb(r.memoryLoaded), goal(r.memoryLoaded < 60e6, "< 60 MB"))
		}
	}
	if len(r.refresh) > 0 {
		p("\n## Refresh: durable rotations over HTTP, each with a new ES256 access token\n")
		p("The yardstick, measured in turn with the same clients, is a bare net/http handler that makes one P-256 signature: no store, no JSON.\n")
		p("| clients | rotations/s | target | CPU | p50 | p99 | bare signer | its CPU | rate beside it | CPU beside it |\n|---|---|---|---|---|---|---|---|---|---|")
		for _, row := range r.refresh {
			p("| %d | %.0f | %s | %s | %s | %s | %.0f/s | %s | %.0f %% | %.1f x |", row.clients, row.rate(), refreshTarget(row.clients, row.rate()), us(row.perOp()),
				ms(row.quantile(.5)), ms(row.quantile(.99)), row.bare.rate(), us(row.bare.perOp()), 100*row.rate()/row.bare.rate(),
				float64(row.perOp())/float64(row.bare.perOp()))
		}
	}
	if len(r.reads) > 0 {
		p("\n## Reads, 16 clients\n\n| what | requests/s | CPU | beside /healthz | p99 |\n|---|---|---|---|---|")
		for _, row := range r.reads {
			p("| `GET %s` | %.0f | %s | %.2f x | %s |", row.path, row.rate(), us(row.perOp()), float64(row.perOp())/float64(r.reads[0].perOp()), ms(row.quantile(.99)))
		}
	}
	if len(r.loginRatios) > 0 {
		slices.Sort(r.loginRatios)
		p("\n## Sign-in with a password (Argon2id, 19 MiB, t=2, p=1), 16 clients\n\n| what | figure | target |\n|---|---|---|")
		p("| bare Argon2id of golang.org/x/crypto on all cores | %.1f/s | |\n| sign-ins | %.1f/s | |", r.bare, r.logins.rate())
		ratio := r.loginRatios[len(r.loginRatios)/2]
		p("| sign-ins beside the bare hash (median of %d, taken in turn) | %.0f %% | %s |", len(r.loginRatios), 100*ratio, goal(ratio >= .95, ">= 95 %"))
		if own := r.hashes; own != nil {
			p("| one hash, ours and the library's (median, taken in turn) | %.1f ms, %.1f ms: %.1f x as fast | |", own["own-ms"], own["library-ms"], own["faster"])
			p("| sign-ins beside our own hash, were it all that is done | %.0f %% | |", 100*ratio/own["faster"])
		}
		bound := r.loginIdle + int64(r.cores)*19<<20 + 64e6
		p("| memory, peak | %s (idle %s) | %s |", mb(r.loginMemory), mb(r.loginIdle), goal(r.loginMemory <= bound, "<= idle + cores x 19 MiB + 64 MB"))
	}
	if len(r.stormy.latencies) > 0 {
		p("\n## Refresh during a login storm: 16 clients, 400 refreshes/s, beside 64 clients that sign in without pause\n\n| | p50 | p99 | max |\n|---|---|---|---|")
		p("| without | %s | %s | %s |\n| with | %s | %s | %s |", ms(r.calm.quantile(.5)), ms(r.calm.quantile(.99)), ms(r.calm.quantile(1)), ms(r.stormy.quantile(.5)), ms(r.stormy.quantile(.99)), ms(r.stormy.quantile(1)))
		times := float64(r.stormy.quantile(.99)) / float64(r.calm.quantile(.99))
		p("\np99 with the storm is %.1f x the p99 without (target: %s).", times, goal(times <= 3, "<= 3"))
	}
	r.printProxies(w)
	r.printGateway(w)
	r.printOAuth(w)
	r.printRevoke(w)
	r.printVerify(w)
}

func refreshTarget(clients int, rate float64) string {
	switch clients {
	case 16:
		return goal(rate >= 5_000, ">= 5,000")
	case 128:
		return goal(rate >= 10_000, ">= 10,000")
	}
	return ""
}

// goal is a target, and says so where it was missed.
func goal(met bool, text string) string {
	if met {
		return text
	}
	return text + ", *missed*"
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
func us(d time.Duration) string { return fmt.Sprintf("%d us", d.Microseconds()) }
func mb(n int64) string         { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func cpuName() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, ok := strings.CutPrefix(s.Text(), "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
