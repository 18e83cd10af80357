package main

import (
	"slices"
	"time"
)

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
		r.memoryIdle = srv.memory()
		if err := srv.stop(); err != nil {
			return err
		}
	}
	slices.Sort(r.starts)
	return nil
}
