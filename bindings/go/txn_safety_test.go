package wombat

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestUseAfterTheEndOfATransaction(t *testing.T) {
	db := openTest(t)
	ends := map[string]func(txn *Txn) error{
		"commit":   func(txn *Txn) error { _, err := txn.Commit(nil); return err },
		"rollback": (*Txn).Rollback,
		"prepare":  func(txn *Txn) error { return txn.Prepare("name") },
		"close":    (*Txn).Close,
	}
	for name, end := range ends {
		txn := beginTest(t, db, nil)
		wantNil(t, txn.Put([]byte(name), nil))
		rows, err := txn.NewIterator(nil)
		wantNil(t, err)
		wantNil(t, end(txn))
		want := ErrTxnEnded
		if name == "close" {
			want = ErrClosed
		}
		_, getError := txn.Get(nil)
		_, updateError := txn.GetForUpdate(nil)
		_, appendError := txn.AppendTo(nil, nil)
		_, hasError := txn.Has(nil)
		_, multiGetError := txn.MultiGet([][]byte{nil})
		_, iteratorError := txn.NewIterator(nil)
		_, commitError := txn.Commit(nil)
		for i, err := range []error{
			getError, updateError, appendError, hasError, multiGetError, iteratorError, commitError, txn.Put(nil, nil), txn.PutTTL(nil, nil, 1),
			txn.Delete(nil), txn.DeleteRange(nil, nil), txn.Merge(MergeAppend, nil, nil), txn.SetSavepoint(), txn.RollbackToSavepoint(),
			txn.ReleaseSavepoint(), txn.Rollback(), txn.Prepare("other"), txn.In(db).Put(nil, nil),
		} {
			if !errors.Is(err, want) {
				t.Errorf("after %s, call %d: %v", name, i, err)
			}
		}
		if rows.Next() || !errors.Is(rows.Err(), ErrTxnEnded) && !errors.Is(rows.Err(), ErrClosed) {
			t.Errorf("after %s: %v", name, rows.Err())
		}
		rows.Close()
		for i := 0; i < 2; i++ {
			wantNil(t, txn.Close())
		}
	}
}

func TestTransactionServesOneGoroutine(t *testing.T) {
	db := openTest(t)
	options := &TxnOptions{Pessimistic: true, LockTimeout: 20 * time.Second}
	holder, txn := beginTest(t, db, options), beginTest(t, db, options)
	mustPut(t, db, "a", "v")
	rows, err := txn.NewIterator(nil)
	wantNil(t, err)
	wantNil(t, holder.Put([]byte("k"), nil))
	waiting := make(chan error)
	go func() { waiting <- txn.Put([]byte("k"), nil) }()
	for {
		_, err = txn.Has([]byte("k")) // until the other goroutine is inside
		if err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	wantError(t, err, ErrInUse)
	wantError(t, txn.Put([]byte("l"), nil), ErrInUse)
	_, err = txn.Commit(nil)
	wantError(t, err, ErrInUse)
	if rows.Next() || !errors.Is(rows.Err(), ErrInUse) {
		t.Error(rows.Err())
	}
	wantNil(t, txn.Close()) // while the other one waits
	_, err = txn.Get(nil)
	wantError(t, err, ErrClosed)
	wantNil(t, holder.Rollback())
	if err := <-waiting; err != nil && !errors.Is(err, ErrTxnEnded) && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	rows.Close()                              // it shares the transaction
	wantNil(t, db.Put([]byte("k"), nil, nil)) // its lock went with both
}

// TestCloseTwiceIsNotAnothersClose: what ends transactions is used again.
func TestCloseTwiceIsNotAnothersClose(t *testing.T) {
	db := openTest(t)
	for i := 0; i < 100; i++ {
		first := beginTest(t, db, nil)
		view := first.In(db)
		wantNil(t, first.Close())
		second := beginTest(t, db, nil)
		wantNil(t, first.Close())
		wantNil(t, view.Close())
		wantNil(t, second.Put([]byte("k"), nil))
		wantError(t, view.Put([]byte("k"), nil), ErrClosed)
		wantNil(t, second.Close())
		wantError(t, second.Put([]byte("k"), nil), ErrClosed)
	}
}

func TestForgottenTransactionLetsGo(t *testing.T) {
	var leaked atomic.Value
	before := OnLeak
	OnLeak = func(what string) { leaked.Store(what) }
	defer func() { OnLeak = before }()
	db := openTest(t, With(OptionTxnLockTimeoutMS, "1"))
	func() {
		txn, err := db.Begin(&TxnOptions{Pessimistic: true, Timeout: TxnTimeoutNone})
		wantNil(t, err)
		wantNil(t, txn.Put([]byte("k"), nil))
		wantError(t, db.Put([]byte("k"), nil, nil), ErrTimedOut)
	}()
	for i := 0; i < 500; i++ {
		runtime.GC()
		if err := db.Put([]byte("k"), nil, nil); err == nil {
			if leaked.Load() != "transaction" {
				t.Error(leaked.Load())
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the forgotten transaction still holds its lock")
}

func TestTransactionLivesAsLongAsItsIterators(t *testing.T) {
	db := openTest(t)
	rows := func() *Iterator {
		txn, err := db.Begin(nil)
		wantNil(t, err)
		wantNil(t, txn.Put([]byte("k"), []byte("v")))
		rows, err := txn.In(db).NewIterator(nil)
		wantNil(t, err)
		return rows
	}()
	for i := 0; i < 10; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if !rows.Next() || string(rows.Value()) != "v" {
		t.Fatal(rows.Err())
	}
	wantNil(t, rows.parent.(*Txn).Close())
	wantNil(t, rows.Close())
}
