package wombat

import (
	"context"
	"errors"
	"testing"
	"time"
)

// disturb changes what a transaction has read.
func disturb(t testing.TB, db *DB, txn *Txn) {
	t.Helper()
	_, err := txn.Get([]byte("x"))
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	mustPut(t, db, "x", "changed")
}

func TestRunTxn(t *testing.T) {
	db := openTest(t, With(OptionRetryFirstDelayMS, "0"))
	calls := 0
	value, retries, err := RunTxn(background, db, nil, func(txn *Txn) (string, error) {
		calls++
		if calls <= 3 {
			disturb(t, db, txn)
		}
		return "result", txn.Put([]byte("y"), []byte{byte(calls)})
	})
	if value != "result" || retries != 3 || calls != 4 || err != nil {
		t.Fatal(value, retries, calls, err)
	}
	wantValue(t, db, "y", "\x04")

	calls = 0
	retries, err = db.RunTxn(background, nil, func(txn *Txn) error { // work that passes on a deadlock
		calls++
		if calls == 1 {
			return &Error{Status: StatusDeadlock}
		}
		return nil
	})
	if retries != 1 || calls != 2 || err != nil {
		t.Fatal(retries, calls, err)
	}
}

func TestRunTxnGivesUp(t *testing.T) {
	db := openTest(t, With(OptionRetryFirstDelayMS, "0"), With(OptionRetryAttempts, "4"))
	value, retries, err := RunTxn(background, db, nil, func(txn *Txn) (int, error) {
		disturb(t, db, txn)
		return 7, txn.Put([]byte("y"), nil)
	})
	wantError(t, err, ErrConflict)
	if value != 0 || retries != 4 {
		t.Fatal(value, retries)
	}
	var conflict *Error
	if !errors.As(err, &conflict) || conflict.Message == "" {
		t.Error(err)
	}
}

func TestRunTxnPassesErrorsOn(t *testing.T) {
	db := openTest(t)
	own := errors.New("mine")
	retries, err := db.RunTxn(background, nil, func(txn *Txn) error {
		wantNil(t, txn.Put([]byte("y"), nil))
		return own
	})
	if err != own || retries != 0 {
		t.Fatal(retries, err)
	}
	var kept *Txn
	func() {
		defer func() {
			if caught := recover(); caught != "mine" {
				t.Error(caught)
			}
		}()
		_, _ = db.RunTxn(background, nil, func(txn *Txn) error {
			kept = txn
			wantNil(t, txn.Put([]byte("y"), nil))
			panic("mine")
		})
	}()
	wantAbsent(t, db, "y")
	wantError(t, kept.Put([]byte("y"), nil), ErrClosed)
	_, err = db.RunTxn(background, nil, func(txn *Txn) error {
		_, err := txn.Commit(nil)
		return err
	})
	wantError(t, err, ErrTxnEnded)
	_, err = db.RunTxn(background, &TxnOptions{SizeMax: -1}, func(txn *Txn) error { return nil })
	wantError(t, err, ErrInvalidArgument)
	wantNil(t, db.Close())
	_, err = db.RunTxn(background, nil, func(txn *Txn) error { return nil })
	wantError(t, err, ErrClosed)
}

func TestRunTxnUnderContexts(t *testing.T) {
	db := openTest(t, With(OptionRetryFirstDelayMS, "60000"), With(OptionRetryMaxDelayMS, "60000"))
	work := func(txn *Txn) error {
		disturb(t, db, txn)
		return txn.Put([]byte("y"), nil)
	}
	begin := time.Now()
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	_, err := db.RunTxn(ctx, nil, work)
	wantError(t, err, context.DeadlineExceeded)
	wantError(t, err, ErrConflict)
	_, err = db.RunTxn(ctx, nil, work) // not even a first attempt
	if err != context.DeadlineExceeded {
		t.Error(err)
	}

	ctx, cancel = context.WithCancel(background)
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = db.RunTxn(ctx, nil, work)
	wantError(t, err, context.Canceled)
	wantError(t, err, ErrConflict)

	ctx, cancel = context.WithCancel(background)
	_, err = db.RunTxn(ctx, nil, func(txn *Txn) error {
		cancel()
		return txn.Put([]byte("cancelled"), nil)
	})
	wantError(t, err, context.Canceled)
	wantAbsent(t, db, "cancelled")

	holder := beginTest(t, db, &TxnOptions{Pessimistic: true})
	wantNil(t, holder.Put([]byte("held"), nil))
	for _, options := range []*TxnOptions{
		{Pessimistic: true}, {Pessimistic: true, LockTimeout: 30 * time.Second, Timeout: TxnTimeoutNone},
	} {
		ctx, cancel = context.WithTimeout(background, 50*time.Millisecond)
		_, err = db.RunTxn(ctx, options, func(txn *Txn) error { return txn.Put([]byte("held"), nil) })
		wantError(t, err, context.DeadlineExceeded)
		wantError(t, err, ErrTimedOut)
		cancel()
	}
	if passed := time.Since(begin); passed > 20*time.Second {
		t.Error(passed)
	}
	ctx, cancel = context.WithTimeout(background, time.Hour) // does not make the transaction's own limits longer
	defer cancel()
	_, err = db.RunTxn(ctx, &TxnOptions{Pessimistic: true, LockTimeout: 10 * time.Millisecond}, func(txn *Txn) error {
		return txn.Put([]byte("held"), nil)
	})
	wantError(t, err, ErrTimedOut)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestLimitsOfContexts(t *testing.T) {
	db := openTest(t, With(OptionTxnTimeoutMS, "60000"), With(OptionTxnLockTimeoutMS, "0"))
	ctx, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	for _, test := range []struct{ given, timeout time.Duration }{
		{0, 0}, {time.Second, time.Second}, {2 * time.Hour, time.Hour}, {TxnTimeoutNone, time.Hour},
	} {
		limited, err := db.limit(ctx, &TxnOptions{Timeout: test.given, SizeMax: 5000})
		wantNil(t, err)
		if limited.Timeout > test.timeout || limited.Timeout < test.timeout-time.Minute || limited.SizeMax != 5000 {
			t.Errorf("%v became %v", test.given, limited.Timeout)
		}
		if limited.LockTimeout > time.Hour || limited.LockTimeout < 59*time.Minute {
			t.Error(limited.LockTimeout)
		}
	}
	if limited, err := db.limit(background, nil); limited != nil || err != nil {
		t.Error(limited, err)
	}
}
