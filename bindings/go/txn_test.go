package wombat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

var background = context.Background()

// beginTest begins a transaction that ends with the test.
func beginTest(t testing.TB, db *DB, options *TxnOptions) *Txn {
	t.Helper()
	txn, err := db.Begin(options)
	wantNil(t, err)
	t.Cleanup(func() { txn.Close() })
	return txn
}

func wantInTxn(t testing.TB, txn *Txn, key, value string) {
	t.Helper()
	got, err := txn.Get([]byte(key))
	if err != nil || string(got) != value {
		t.Fatalf("%q is %q, %v instead of %q", key, got, err, value)
	}
}

func TestTransaction(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "ada", "100")
	mustPut(t, db, "bob", "100")
	txn := beginTest(t, db, nil)
	wantInTxn(t, txn, "ada", "100")
	wantNil(t, txn.Put([]byte("ada"), []byte("90")))
	wantNil(t, txn.Put([]byte("carl"), nil))
	wantNil(t, txn.Delete([]byte("bob")))
	wantInTxn(t, txn, "ada", "90")
	wantInTxn(t, txn, "carl", "")
	wantValue(t, db, "ada", "100") // nobody sees it before
	_, err := txn.Get([]byte("bob"))
	wantError(t, err, ErrNotFound)
	_, err = txn.GetForUpdate([]byte("bob"))
	wantError(t, err, ErrNotFound)
	for key, want := range map[string]bool{"ada": true, "bob": false, "carl": true, "none": false} {
		if has, err := txn.Has([]byte(key)); has != want || err != nil {
			t.Error(key, has, err)
		}
	}
	values, err := txn.MultiGet([][]byte{[]byte("ada"), []byte("bob"), []byte("carl")})
	if err != nil || string(values[0]) != "90" || values[1] != nil || values[2] == nil {
		t.Errorf("%q %v", values, err)
	}
	if keys := fmt.Sprint(keysOf(t, txn.NewIterator)); keys != "[ada carl]" {
		t.Error(keys)
	}
	timestamp, err := txn.Commit(&WriteOptions{Sync: SyncAlways})
	wantNil(t, err)
	if now, err := db.CommitTimestamp(); timestamp == 0 || timestamp != now || err != nil {
		t.Error(timestamp, now, err)
	}
	wantValue(t, db, "ada", "90")
	wantAbsent(t, db, "bob")
	wantNil(t, txn.Close())
	wantNil(t, txn.Close())

	reader := beginTest(t, db, &TxnOptions{ReadOnly: true})
	wantError(t, reader.Put([]byte("ada"), nil), ErrReadOnly)
	wantInTxn(t, reader, "ada", "90")
	if timestamp, err := reader.Commit(nil); timestamp != 0 || err != nil {
		t.Error(timestamp, err)
	}
}

func TestConflicts(t *testing.T) {
	db := openTest(t)
	keyspaceTest(t, db, "visits")
	for _, test := range []struct {
		name     string
		options  TxnOptions
		read     func(txn *Txn) error
		conflict bool
	}{
		{"serializable read", TxnOptions{}, func(txn *Txn) error { _, err := txn.Get([]byte("x")); return err }, true},
		{"snapshot read", TxnOptions{Isolation: SnapshotIsolation}, func(txn *Txn) error { _, err := txn.Get([]byte("x")); return err }, false},
		{"for update", TxnOptions{Isolation: ReadCommitted},
			func(txn *Txn) error { _, err := txn.GetForUpdate([]byte("x")); return err }, true},
		{"read committed", TxnOptions{Isolation: ReadCommitted},
			func(txn *Txn) error { _, err := txn.Get([]byte("x")); return err }, false},
		{"has", TxnOptions{}, func(txn *Txn) error { _, err := txn.Has([]byte("x")); return err }, true},
		{"many", TxnOptions{}, func(txn *Txn) error { _, err := txn.MultiGet([][]byte{nil, []byte("x")}); return err }, true},
		{"nothing", TxnOptions{Isolation: Serializable}, func(txn *Txn) error { return nil }, false},
		{"range", TxnOptions{}, func(txn *Txn) error { keysOf(t, txn.NewIterator); return nil }, true},
	} {
		mustPut(t, db, "x", "0")
		txn := beginTest(t, db, &test.options)
		wantNil(t, test.read(txn))
		wantNil(t, txn.Put([]byte("y"), []byte(test.name)))
		mustPut(t, db, "x", "1")
		_, err := txn.Commit(nil)
		if test.conflict && !errors.Is(err, ErrConflict) || !test.conflict && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.conflict {
			_, err = txn.Commit(nil)
			wantError(t, err, ErrTxnEnded)
		}
	}
}

// TestIteratorReadsLittleAhead has others write not far behind what a transaction looked at.
func TestIteratorReadsLittleAhead(t *testing.T) {
	db := openTest(t)
	key := func(i int) []byte { return []byte(fmt.Sprintf("%04d", i)) }
	for i := 0; i < 1000; i++ {
		wantNil(t, db.Put(key(i), nil, nil))
	}
	for _, seen := range []int{1, 10, 520} {
		ahead := seen
		if ahead > 64 {
			ahead = 64
		}
		txn := beginTest(t, db, nil)
		rows, err := txn.NewIterator(nil)
		wantNil(t, err)
		for i := 0; i < seen; i++ {
			if !rows.Next() || !bytes.Equal(rows.Key(), key(i)) {
				t.Fatal(i, rows.Err())
			}
		}
		wantNil(t, rows.Close())
		wantNil(t, txn.Put([]byte("found"), nil))
		wantNil(t, db.Put(key(seen+ahead+1), nil, nil))
		if _, err := txn.Commit(nil); err != nil {
			t.Errorf("%d rows: %v", seen, err)
		}
	}
}

func TestTransactionOfSeveralKeyspaces(t *testing.T) {
	db := openTest(t)
	visits := keyspaceTest(t, db, "visits")
	mustPut(t, visits, "ada", "7")
	txn := beginTest(t, db, nil)
	there := txn.In(visits)
	wantInTxn(t, there, "ada", "7")
	wantNil(t, txn.Put([]byte("ada"), []byte("1815")))
	wantNil(t, there.Put([]byte("ada"), []byte("8")))
	wantNil(t, there.PutTTL([]byte("bob"), []byte("1"), time.Hour))
	wantNil(t, there.Merge(MergeAppend, []byte("bob"), []byte("2")))
	wantInTxn(t, there, "bob", "12")
	wantInTxn(t, txn, "ada", "1815")
	wantInTxn(t, there.In(nil), "ada", "1815")
	wantInTxn(t, txn.In(db), "ada", "1815")
	if keys := fmt.Sprint(keysOf(t, there.NewIterator)); keys != "[ada bob]" {
		t.Error(keys)
	}
	if has, err := there.Has([]byte("bob")); !has || err != nil {
		t.Error(has, err)
	}
	if value, err := there.GetForUpdate([]byte("ada")); string(value) != "8" || err != nil {
		t.Errorf("%q %v", value, err)
	}
	if values, err := there.MultiGet([][]byte{[]byte("bob")}); err != nil || string(values[0]) != "12" {
		t.Errorf("%q %v", values, err)
	}
	wantNil(t, there.Delete([]byte("none")))
	wantNil(t, there.DeleteRange([]byte("b"), nil))
	_, err := there.Commit(nil) // is that of the whole transaction
	wantNil(t, err)
	wantError(t, txn.Put(nil, nil), ErrTxnEnded)
	wantValue(t, db, "ada", "1815")
	wantValue(t, visits, "ada", "8")
	wantAbsent(t, visits, "bob")

	begun := beginTest(t, visits, nil) // "its" keyspace is the one it was begun with
	wantInTxn(t, begun, "ada", "8")
	wantInTxn(t, begun.In(db), "ada", "1815")
	_, err = begun.In(openTest(t)).Get([]byte("ada"))
	wantError(t, err, ErrInvalidArgument)
	wantNil(t, db.DropKeyspace("visits"))
	_, err = begun.In(visits).Get([]byte("ada"))
	wantError(t, err, ErrDropped)
	wantNil(t, visits.Close())
	_, err = begun.In(visits).Get([]byte("ada"))
	wantError(t, err, ErrClosed)
}

func TestSavepointsOfTransactions(t *testing.T) {
	db := openTest(t)
	txn := beginTest(t, db, nil)
	wantError(t, txn.RollbackToSavepoint(), ErrNotFound)
	wantError(t, txn.ReleaseSavepoint(), ErrNotFound)
	wantNil(t, txn.Put([]byte("k"), []byte("1")))
	wantNil(t, txn.SetSavepoint())
	wantNil(t, txn.Put([]byte("k"), []byte("2")))
	wantNil(t, txn.SetSavepoint())
	wantNil(t, txn.Put([]byte("k"), []byte("3")))
	wantNil(t, txn.ReleaseSavepoint())
	wantInTxn(t, txn, "k", "3")
	wantNil(t, txn.RollbackToSavepoint())
	wantInTxn(t, txn, "k", "1")
	_, err := txn.Commit(nil)
	wantNil(t, err)
	wantValue(t, db, "k", "1")
}

func TestTransactionValues(t *testing.T) {
	db := openTest(t)
	large := bytes.Repeat([]byte("v"), 100_000)
	wantNil(t, db.Put([]byte("large"), large, nil))
	mustPut(t, db, "k", "value")
	txn := beginTest(t, db, nil)
	value, err := txn.Get([]byte("large"))
	if !bytes.Equal(value, large) || err != nil {
		t.Error(len(value), err)
	}
	value, err = txn.AppendTo([]byte("head "), []byte("large"))
	if len(value) != len(large)+5 || err != nil {
		t.Error(len(value), err)
	}
	var keys [][]byte
	for i := 0; i < 30; i++ {
		keys = append(keys, []byte("large"), []byte("k"))
	}
	values, err := txn.MultiGet(keys)
	if len(values) != 60 || !bytes.Equal(values[58], large) || string(values[59]) != "value" || err != nil {
		t.Error(len(values), err)
	}
	buffer, key := make([]byte, 0, 100), []byte("k")
	if allocations := testing.AllocsPerRun(100, func() { buffer, _ = txn.AppendTo(buffer[:0], key) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
	if allocations := testing.AllocsPerRun(100, func() { _ = txn.Put(key, buffer) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
	buffer, err = txn.AppendTo(buffer[:0], []byte("none"))
	wantError(t, err, ErrNotFound)
	if len(buffer) != 0 {
		t.Errorf("%q", buffer)
	}
}

func TestTransactionLimits(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "k", "v")
	for _, options := range []TxnOptions{{Timeout: -1}, {LockTimeout: -1}, {SizeMax: -1}, {Isolation: 77}} {
		_, err := db.Begin(&options)
		wantError(t, err, ErrInvalidArgument)
	}
	small := beginTest(t, db, &TxnOptions{SizeMax: 4096})
	wantError(t, small.Put([]byte("k"), make([]byte, 10_000)), ErrTooLarge)
	short := beginTest(t, db, &TxnOptions{Timeout: 20 * time.Millisecond})
	unlimited := beginTest(t, db, &TxnOptions{Timeout: TxnTimeoutNone})
	time.Sleep(40 * time.Millisecond)
	_, err := short.Get([]byte("k"))
	wantError(t, err, ErrTimedOut)
	_, err = short.Get([]byte("k"))
	wantError(t, err, ErrTxnEnded)
	wantInTxn(t, unlimited, "k", "v")

	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	defer snapshot.Close()
	for _, options := range []IteratorOptions{{Snapshot: snapshot}, {AsOf: AtTimestamp(1)}, {Readahead: -1}} {
		_, err := unlimited.NewIterator(&options)
		wantError(t, err, ErrInvalidArgument)
	}
}

func TestLocks(t *testing.T) {
	db := openTest(t)
	pessimistic := &TxnOptions{Pessimistic: true, LockTimeout: 20 * time.Millisecond}
	first, second := beginTest(t, db, pessimistic), beginTest(t, db, pessimistic)
	wantNil(t, first.Put([]byte("a"), nil))
	_, err := second.GetForUpdate([]byte("a"))
	wantError(t, err, ErrTimedOut)
	wantNil(t, first.Rollback())
	_, err = second.GetForUpdate([]byte("a"))
	wantError(t, err, ErrNotFound)
	wantNil(t, second.Close())

	patient := &TxnOptions{Pessimistic: true, LockTimeout: 10 * time.Second}
	first, second = beginTest(t, db, patient), beginTest(t, db, patient)
	wantNil(t, first.Put([]byte("a"), nil))
	wantNil(t, second.Put([]byte("b"), nil))
	waiting := make(chan error)
	go func() { waiting <- first.Put([]byte("b"), nil) }()
	time.Sleep(20 * time.Millisecond)
	wantError(t, second.Put([]byte("a"), nil), ErrDeadlock) // the younger one gives up
	wantNil(t, second.Rollback())
	wantNil(t, <-waiting)
	_, err = first.Commit(nil)
	wantNil(t, err)
}

func TestPrepare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := Open(path)
	wantNil(t, err)
	visits := keyspaceTest(t, db, "visits")
	for _, name := range []string{"first", "second", "third"} {
		txn := beginTest(t, db, nil)
		wantNil(t, txn.In(visits).Put([]byte(name), []byte("v")))
		wantError(t, txn.Prepare(""), ErrInvalidArgument)
		wantError(t, txn.Prepare("a\x00b"), ErrInvalidArgument)
		wantNil(t, txn.Prepare(name))
		_, err := txn.Commit(nil)
		wantError(t, err, ErrTxnEnded)
	}
	txn := beginTest(t, db, nil)
	wantNil(t, txn.In(visits).Put([]byte("first"), nil))
	_, err = txn.Commit(nil)
	wantError(t, err, ErrConflict)
	wantNil(t, db.Close())
	db, err = Open(path)
	wantNil(t, err)
	defer db.Close()
	names, err := db.PreparedTxns()
	if fmt.Sprint(names) != "[first second third]" || err != nil {
		t.Fatal(names, err)
	}
	timestamp, err := db.CommitPrepared("first")
	if now, _ := db.CommitTimestamp(); timestamp == 0 || timestamp != now || err != nil {
		t.Error(timestamp, err)
	}
	wantNil(t, db.RollbackPrepared("second"))
	_, err = db.CommitPrepared("second")
	wantError(t, err, ErrDoesNotExist)
	wantError(t, db.RollbackPrepared("first"), ErrDoesNotExist)
	_, err = db.CommitPrepared("a\x00b")
	wantError(t, err, ErrInvalidArgument)
	visits, err = db.OpenKeyspace("visits")
	wantNil(t, err)
	defer visits.Close()
	if keys := fmt.Sprint(keysOf(t, visits.NewIterator)); keys != "[first]" {
		t.Error(keys)
	}
	_, err = visits.CommitPrepared("third")
	wantNil(t, err)
	if names, err := db.PreparedTxns(); len(names) != 0 || err != nil {
		t.Error(names, err)
	}
}

func TestStoresInTransactions(t *testing.T) {
	db := openTest(t)
	balances := NewStore(db, StringKey, Int64Value)
	log := NewStore(keyspaceTest(t, db, "log"), PairKey(StringKey, Int64Key), StringValue).WithPrefix([]byte("log/"))
	wantNil(t, balances.Put("ada", 100, nil))
	if added, err := balances.PutIfAbsent("bob", 50, nil); !added || err != nil {
		t.Fatal(added, err)
	}
	wantNil(t, balances.Merge(MergeInt64Add, "bob", 50, nil))
	_, err := db.RunTxn(background, nil, func(txn *Txn) error {
		balances, log := balances.In(txn), log.In(txn)
		from, err := balances.Get("ada")
		wantNil(t, err)
		to, err := balances.GetForUpdate("bob")
		wantNil(t, err)
		wantNil(t, balances.Put("ada", from-10))
		wantNil(t, balances.Put("bob", to+10))
		wantNil(t, balances.Merge(MergeInt64Add, "bob", 1))
		wantNil(t, balances.Put("none", 1))
		wantNil(t, balances.Delete("none"))
		for i := int64(0); i < 5; i++ {
			wantNil(t, log.Put(Pair[string, int64]{"ada", i}, "to bob"))
		}
		wantNil(t, log.DeleteRange(Pair[string, int64]{"ada", 3}, Pair[string, int64]{"ada", 5}))
		rows := 0
		count := func(Pair[string, int64], string) bool { rows++; return true }
		wantNil(t, log.Each(count))
		wantNil(t, log.EachStartingWith(func(w *KeyWriter) { w.String("ada") }, count))
		wantNil(t, log.Range(Pair[string, int64]{"ada", 1}, Pair[string, int64]{"ada", 2}, count))
		if rows != 7 {
			t.Errorf("%d rows", rows)
		}
		_, err = balances.Get("none")
		wantError(t, err, ErrNotFound)
		return nil
	})
	wantNil(t, err)
	sum := int64(0)
	wantNil(t, balances.Each(func(key string, value int64) bool { sum += value; return true }))
	if sum != 201 {
		t.Error(sum)
	}
	wantNil(t, balances.DeleteRange("a", "b", nil))
	_, err = balances.Get("ada", nil)
	wantError(t, err, ErrNotFound)
}
