package wombat

import (
	"log"
	"sync/atomic"
)

// OnLeak is called when the garbage collector finds something that was never closed; it closes it then. Set it before
// the package is used.
var OnLeak = func(what string) {
	log.Printf("wombat: never closed: %s", what)
}

const (
	inUse  = 1
	closed = 2
)

// handle owns one handle of the library. A database, a snapshot and a cancel handle may be closed while other goroutines
// use them: the library answers that they are closed. The other kinds may not: their calls stand between enter and leave,
// and a close that comes in between is carried out by leave. Nobody waits for anybody.
type handle struct {
	what    string
	number  int64
	release func(int64)
	state   atomic.Uint32
}

func (h *handle) isClosed() bool { return h.state.Load()&closed != 0 }

func (h *handle) enter() error {
	if h.state.CompareAndSwap(0, inUse) {
		return nil
	}
	if h.isClosed() {
		return closedError(h.what)
	}
	return invalid("the " + h.what + " is in use by another goroutine; it serves one at a time")
}

func (h *handle) leave() {
	if !h.state.CompareAndSwap(inUse, 0) {
		h.release(h.number)
	}
}

// close tells whether it is the first.
func (h *handle) close() bool {
	for {
		before := h.state.Load()
		if before&closed != 0 {
			return false
		}
		if h.state.CompareAndSwap(before, before|closed) {
			if before == 0 {
				h.release(h.number)
			}
			return true
		}
	}
}

func (h *handle) leaked() {
	if !h.isClosed() {
		OnLeak(h.what)
		h.close()
	}
}
