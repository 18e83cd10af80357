package wire

import "sync"

// Buffers is an httputil.BufferPool that all proxies share.
type Buffers struct{}

var pool = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// Get implements httputil.BufferPool.
func (Buffers) Get() []byte { b, _ := pool.Get().(*[]byte); return *b }

// Put implements httputil.BufferPool.
func (Buffers) Put(b []byte) { pool.Put(&b) }
