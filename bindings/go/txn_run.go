package wombat

import (
	"context"
	"errors"
	"runtime"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// RunTxn runs work in a transaction and commits it; after ErrConflict and ErrDeadlock, of work or of the commit, again in a new
// one, as often and with such pauses as the options "retry.*" say. It returns how often it was repeated. Work may be called
// several times, so it must not keep what it found before; it neither commits nor rolls back itself.
//
// Any other error of work, or a panic, rolls back and is passed on as it is. Ends of the context end the pauses and stop the
// commit; its deadline limits the waits of the transaction as well. The error is then that of the context, and the last conflict
// if there was one.
func (db *DB) RunTxn(ctx context.Context, options *TxnOptions, work func(txn *Txn) error) (retries int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return retries, err
		}
		limited, err := db.limit(ctx, options)
		if err != nil {
			return retries, err
		}
		err = db.attempt(ctx, limited, work)
		if !errors.Is(err, ErrConflict) && !errors.Is(err, ErrDeadlock) {
			return retries, deadlineError(ctx, err)
		}
		delay := raw.Txn_retry_delay(db.handle.number, retries)
		runtime.KeepAlive(db)
		if delay == cShimNone {
			return retries, err
		}
		if failure := check(delay); failure != nil {
			return retries, failure
		}
		if end := pause(ctx, time.Duration(delay)*time.Microsecond); end != nil {
			return retries, &contextError{end, err}
		}
		retries++
	}
}

// RunTxn is DB.RunTxn for work that has a result, which it returns when the commit has succeeded.
func RunTxn[T any](ctx context.Context, db *DB, options *TxnOptions, work func(txn *Txn) (T, error)) (
	result T, retries int, err error) {
	retries, err = db.RunTxn(ctx, options, func(txn *Txn) (err error) {
		result, err = work(txn)
		return err
	})
	if err != nil {
		var none T
		return none, retries, err
	}
	return result, retries, nil
}

func (db *DB) attempt(ctx context.Context, options *TxnOptions, work func(txn *Txn) error) error {
	txn, err := db.Begin(options)
	if err != nil {
		return err
	}
	defer txn.Close()
	if err := work(txn); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = txn.Commit(nil)
	return err
}

// limit gives a transaction the deadline of a context, so that no wait for a lock goes on behind it.
func (db *DB) limit(ctx context.Context, options *TxnOptions) (*TxnOptions, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return options, nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return nil, context.DeadlineExceeded
	}
	limited := TxnOptions{}
	if options != nil {
		limited = *options
	}
	var err error
	if limited.Timeout, err = db.earlier(limited.Timeout, OptionTxnTimeoutMS, left); err != nil {
		return nil, err
	}
	limited.LockTimeout, err = db.earlier(limited.LockTimeout, OptionTxnLockTimeoutMS, left)
	return &limited, err
}

// earlier is the shorter of two limits; 0 is what an option says in milliseconds, where 0 is none.
func (db *DB) earlier(limit time.Duration, option string, left time.Duration) (time.Duration, error) {
	if limit == 0 {
		text, err := db.Option(option)
		if err != nil {
			return 0, err
		}
		usual, err := time.ParseDuration(text + "ms")
		if err == nil && usual > 0 && usual < left {
			return 0, nil
		}
		return left, nil
	}
	if limit < left {
		return limit, nil
	}
	return left, nil
}

// pause waits, or returns why the context ended before.
func pause(ctx context.Context, delay time.Duration) error {
	if delay <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deadlineError tells the time limit that was the deadline's from others.
func deadlineError(ctx context.Context, err error) error {
	if deadline, ok := ctx.Deadline(); ok && errors.Is(err, ErrTimedOut) && time.Until(deadline) <= 0 {
		return &contextError{context.DeadlineExceeded, err}
	}
	return err
}
