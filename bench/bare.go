package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// serveBare is the yardstick: a net/http handler that makes one P-256 signature and writes it, and nothing else. It runs in a process
// of its own, as the server does, so that what both cost can be compared in one run.
func serveBare() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		digest := sha256.Sum256([]byte(r.URL.Path))
		sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(sig)
	}))
}

// startBare runs this program as the yardstick.
func startBare() (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startSaying(exec.Command(self, "-serve-bare"))
}

// startSaying starts a program that says its address in the first line.
func startSaying(cmd *exec.Cmd) (*server, error) {
	s := &server{cmd: cmd}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	s.addr = strings.TrimSpace(line)
	return s, err
}

// measureBare asks the yardstick from n clients.
func measureBare(s settings, n int) (load, error) {
	srv, err := startBare()
	if err != nil {
		return load{}, err
	}
	defer func() { _ = srv.cmd.Process.Kill(); _ = srv.cmd.Wait() }()
	clients := make([]*client, n)
	for i := range clients {
		if clients[i], err = dial(srv.addr); err != nil {
			return load{}, err
		}
	}
	return drive(srv, n, s.seconds, 0, func(i int) error {
		_, _, err := clients[i].do("GET", "/", "", nil)
		return err
	})
}
