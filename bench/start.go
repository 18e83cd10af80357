package main

import (
	"slices"
	"time"
)

// idle is how long a server without work is left alone before it is called idle.
const idle = 6 * time.Second

// measureStart starts the server with an empty folder, then again and again with what the first start left.
func measureStart(s settings, dir string, r *report) error {
	first, err := start(s.binary, dir)
	if err != nil {
		return err
	}
	r.startFirst = first.ready
	if err := first.stop(); err != nil {
		return err
	}
	for range 9 {
		srv, err := start(s.binary, dir)
		if err != nil {
			return err
		}
		r.starts = append(r.starts, srv.ready)
		time.Sleep(300 * time.Millisecond)
		r.memoryStarted = srv.memory()
		if len(r.starts) == 9 {
			time.Sleep(idle)
			r.memoryIdle = srv.memory()
		}
		if err := srv.stop(); err != nil {
			return err
		}
	}
	slices.Sort(r.starts)
	return nil
}
