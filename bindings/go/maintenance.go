package wombat

import (
	"context"
	"errors"
	"runtime"
	"runtime/cgo"
	"strconv"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// Progress is told from time to time how far a long call is: done of total bytes; total 0: not known. It is called by the
// goroutine that made the call. false cancels the call, which then fails with ErrCancelled.
type Progress func(done, total uint64) bool

type progressKey struct{}

// WithProgress returns a context that makes long calls tell a function how far they are.
func WithProgress(ctx context.Context, progress Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, progress)
}

// Flush writes what is in memory to tables and waits for it. Not needed for durability.
func (db *DB) Flush(ctx context.Context) error {
	return db.runTask(ctx, raw.Flush)
}

// CompactRange rewrites the keys from lower to upper (both included; nil: no bound) into the deepest level, dropping what
// was overwritten or deleted. What was acknowledged before the call, to whatever keyspace, is durable when it returns nil.
func (db *DB) CompactRange(ctx context.Context, lower, upper []byte) error {
	return db.runTask(ctx, func(number, timeout, cancel, progress, userData int64) int64 {
		return raw.Compact_range(number, lower, boundSize(lower), upper, boundSize(upper), timeout, cancel, progress, userData)
	})
}

// PauseCompaction holds compactions of all keyspaces back until ResumeCompaction was called as often. It waits for those
// that run; flushes go on.
func (db *DB) PauseCompaction(ctx context.Context) error {
	return db.runTask(ctx, raw.Compaction_pause)
}

// ResumeCompaction undoes one PauseCompaction. The error is ErrInvalidArgument when compactions are not paused.
func (db *DB) ResumeCompaction() error {
	resumed := raw.Compaction_resume(db.handle.number)
	runtime.KeepAlive(db)
	return check(resumed)
}

// Wait waits until no background work is running or due.
func (db *DB) Wait(ctx context.Context) error {
	return db.runTask(ctx, raw.Wait)
}

// Verify reads every file of the database and checks everything in it. The error is ErrCorruption, naming file and
// offset, for damage.
func (db *DB) Verify(ctx context.Context) error {
	return db.runTask(ctx, raw.Verify)
}

// Reclaim gives space of value files back, see option "value_log.threshold": what is still needed of those of which at least
// deadPercent (0 to 100) is dead is written again elsewhere, and they are removed as soon as nothing reads them. The database does
// this by itself as well. What is overwritten counts as dead when a compaction has found it: for all of it call CompactRange before.
// It is about the whole database, whatever the keyspace. The error is ErrBusy while compactions are paused.
func (db *DB) Reclaim(ctx context.Context, deadPercent int) error {
	if deadPercent < 0 || deadPercent > 100 {
		return invalid("a share of " + strconv.Itoa(deadPercent) + " percent; 0 to 100 are allowed")
	}
	return db.runTask(ctx, func(number, timeout, cancel, progress, userData int64) int64 {
		return raw.Reclaim(number, deadPercent, timeout, cancel, progress, userData)
	})
}

// CleanUpLogs removes log files whose contents are all in tables, which the database does by itself as well. It returns
// their number.
func (db *DB) CleanUpLogs() (int, error) {
	removed := raw.Clean_up_logs(db.handle.number)
	runtime.KeepAlive(db)
	return int(removed), check(removed)
}

// ApproximateSize estimates the bytes of files that the keys from lower to upper (excluded) take; nil: no bound.
func (db *DB) ApproximateSize(lower, upper []byte) (int64, error) {
	size := raw.Approximate_size(db.handle.number, lower, boundSize(lower), upper, boundSize(upper))
	runtime.KeepAlive(db)
	return size, check(size)
}

// runTask runs a long call under a context: its deadline becomes the time limit, its end cancels the call. The error is
// then that of the context.
func (db *DB) runTask(ctx context.Context, call func(number, timeout, cancel, progress, userData int64) int64) error {
	defer runtime.KeepAlive(db)
	if err := ctx.Err(); err != nil {
		return err
	}
	timeout := int64(0)
	if deadline, ok := ctx.Deadline(); ok {
		timeout = micros(time.Until(deadline))
		if timeout == 0 {
			return context.DeadlineExceeded
		}
	}
	cancel, stop, err := watch(ctx)
	if err != nil {
		return err
	}
	defer stop()
	function, _ := ctx.Value(progressKey{}).(Progress)
	if function == nil {
		return taskError(ctx, check(call(db.handle.number, timeout, cancel, 0, 0)))
	}
	state := &raw.ProgressState{Function: raw.Progress(function)}
	userData := cgo.NewHandle(state)
	defer userData.Delete()
	err = check(call(db.handle.number, timeout, cancel, raw.ProgressFunction(), int64(userData)))
	if state.Panic != nil {
		panic(state.Panic)
	}
	return taskError(ctx, err)
}

// watch returns a cancel handle that is asked for when the context ends; stop frees it. 0 for a context that never ends.
func watch(ctx context.Context) (cancel int64, stop func(), err error) {
	if ctx.Done() == nil {
		return 0, func() {}, nil
	}
	cancel = raw.Cancel_create()
	if err := check(cancel); err != nil {
		return 0, nil, err
	}
	finished := make(chan struct{})
	left := make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-ctx.Done():
			_ = check(raw.Cancel_request(cancel))
		case <-finished:
		}
	}()
	return cancel, func() {
		close(finished)
		<-left
		raw.Cancel_destroy(cancel)
	}, nil
}

func taskError(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ErrTimedOut):
		return &contextError{context.DeadlineExceeded, err}
	case errors.Is(err, ErrCancelled) && ctx.Err() != nil:
		return &contextError{ctx.Err(), err}
	}
	return err
}

// contextError is both: the error of the context, as its users expect it, and that of the library.
type contextError struct {
	context error
	library error
}

func (e *contextError) Error() string        { return e.library.Error() }
func (e *contextError) Unwrap() error        { return e.library }
func (e *contextError) Is(target error) bool { return errors.Is(e.context, target) }
