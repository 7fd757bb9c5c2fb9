// Package raw is the raw layer of Wombat, private to package wombat. All but this file is made by SWIG; see
// bindings/swig/wombat.i.
package raw

/*
#include <stdint.h>

int32_t wombatGoProgress(void *user_data, uint64_t done, uint64_t total);
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Progress is told how far a long call is; false cancels the call.
type Progress func(done, total uint64) bool

// ProgressFunction is the address of the C function to pass with a handle of a *ProgressState as user data.
func ProgressFunction() int64 {
	return int64(uintptr(unsafe.Pointer(C.wombatGoProgress)))
}

// ProgressState brings a panic of the function from under the C frames to where it can be raised again.
type ProgressState struct {
	Function Progress
	Panic    any
	failed   bool
}

//export wombatGoProgress
func wombatGoProgress(userData unsafe.Pointer, done, total C.uint64_t) C.int32_t {
	state := cgo.Handle(uintptr(userData)).Value().(*ProgressState)
	if state.report(uint64(done), uint64(total)) {
		return 0
	}
	return 1
}

func (s *ProgressState) report(done, total uint64) (goesOn bool) {
	if s.failed {
		return false
	}
	s.failed = true
	defer func() {
		if s.failed {
			s.Panic = recover()
		}
	}()
	goesOn = s.Function(done, total)
	s.failed = false
	return goesOn
}
