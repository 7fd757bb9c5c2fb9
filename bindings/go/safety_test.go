package wombat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// numberFrom reads a number from the environment: the tests of the long tier are larger.
func numberFrom(variable string, usual int64) int64 {
	if value, err := strconv.ParseInt(os.Getenv(variable), 10, 64); err == nil {
		return value
	}
	return usual
}

func testSeed(t testing.TB) int64 {
	t.Helper()
	seed := numberFrom("WOMBAT_TEST_SEED", time.Now().UnixNano())
	t.Logf("WOMBAT_TEST_SEED=%d", seed)
	return seed
}

func TestUseAfterClose(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "k", "v")
	rows, err := db.NewIterator(nil)
	wantNil(t, err)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	batch, err := NewBatch()
	wantNil(t, err)
	wantNil(t, batch.Put([]byte("a"), nil))
	txn, err := db.Begin(nil)
	wantNil(t, err)
	txnRows, err := txn.NewIterator(nil)
	wantNil(t, err)
	wantNil(t, db.Close())
	wantNil(t, db.Close())
	key := []byte("k")
	ctx := context.Background()
	_, getError := db.Get(key, nil)
	_, appendError := db.AppendTo(nil, key, nil)
	_, hasError := db.Has(key, nil)
	_, multiGetError := db.MultiGet([][]byte{key}, nil)
	_, iteratorError := db.NewIterator(nil)
	_, snapshotError := db.NewSnapshot()
	_, statisticsError := db.Statistics()
	_, reportError := db.Report()
	_, optionError := db.Option(OptionCacheSize)
	_, beginError := db.Begin(nil)
	_, addError := db.FetchAdd(key, 1, nil)
	_, absentError := db.PutIfAbsent(key, nil, nil)
	_, setError := db.CompareAndSet(key, nil, nil, nil)
	_, listError := db.PreparedTxns()
	_, decideError := db.CommitPrepared("name")
	_, txnGetError := txn.Get(key)
	_, txnIteratorError := txn.NewIterator(nil)
	_, commitError := txn.Commit(nil)
	for i, err := range []error{
		getError, appendError, hasError, multiGetError, iteratorError, snapshotError, statisticsError, reportError, optionError,
		db.Put(key, key, nil), db.Delete(key, nil), db.Write(batch, nil), db.Sync(), db.Flush(ctx), db.Verify(ctx),
		db.View(key, nil, func([]byte) error { return nil }), beginError, addError, absentError, setError, listError, decideError,
		db.RollbackPrepared("name"), db.DeleteRange(nil, nil, nil), db.Merge(MergeAppend, key, key, nil), batch.UseKeyspace(db),
		txnGetError, txnIteratorError, commitError, txn.Put(key, key), txn.Rollback(), txn.SetSavepoint(), txn.Prepare("name"),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if rows.First() || !errors.Is(rows.Err(), ErrClosed) {
		t.Error(rows.Err())
	}
	if txnRows.First() || !errors.Is(txnRows.Err(), ErrClosed) {
		t.Error(txnRows.Err())
	}
	if snapshot.Timestamp() != 0 {
		t.Error("a snapshot of a closed database")
	}
	if count, err := batch.Count(); count != 1 || err != nil {
		t.Error(count, err)
	}
	for i := 0; i < 2; i++ {
		wantNil(t, snapshot.Close())
		wantNil(t, batch.Close())
		wantError(t, rows.Close(), ErrClosed)
		wantNil(t, txn.Close())
		wantError(t, txnRows.Close(), ErrClosed)
	}
	if rows.Next() || rows.Prev() || rows.Key() != nil || rows.Value() != nil {
		t.Error("a row of a closed iterator")
	}
}

func TestOneGoroutineAtATime(t *testing.T) {
	var released []int64
	h := &handle{what: "test", number: 7, release: func(number int64) { released = append(released, number) }}
	wantNil(t, h.enter())
	wantError(t, h.enter(), ErrInvalidArgument)
	if !h.close() || len(released) != 0 {
		t.Error("freed during a call")
	}
	h.leave()
	if h.close() || fmt.Sprint(released) != "[7]" {
		t.Error(released)
	}
	wantError(t, h.enter(), ErrClosed)
}

func TestCloseWhileOthersWork(t *testing.T) {
	for round := 0; round < 10; round++ {
		db := openTest(t)
		mustPut(t, db, "shared", "value")
		var group sync.WaitGroup
		for i := 0; i < 4; i++ {
			key := []byte(fmt.Sprint("key", i))
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					err := db.Put(key, key, nil)
					if err == nil {
						_, err = db.Get([]byte("shared"), nil)
					}
					if err == nil {
						var rows *Iterator
						if rows, err = db.NewIterator(nil); err == nil {
							for rows.Next() {
							}
							err = rows.Close()
						}
					}
					if err == nil {
						_, err = db.RunTxn(background, nil, func(txn *Txn) error { return txn.Put(key, key) })
					}
					if err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Error(err)
						}
						return
					}
				}
			}()
		}
		time.Sleep(time.Duration(5+5*round) * time.Millisecond)
		wantNil(t, db.Close())
		group.Wait()
	}
}

func TestParentLivesAsLongAsItsChildren(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	rows := func() *Iterator {
		db, err := Open(path, With(OptionWALSync, "os"))
		wantNil(t, err)
		mustPut(t, db, "k", "v")
		rows, err := db.NewIterator(nil)
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
	wantNil(t, rows.Close())
}

func TestWhatIsForgottenIsClosed(t *testing.T) {
	var leaks atomic.Int32
	before := OnLeak
	OnLeak = func(what string) { leaks.Add(1) }
	defer func() { OnLeak = before }()
	path := filepath.Join(t.TempDir(), "db")
	func() {
		db, err := Open(path)
		wantNil(t, err)
		mustPut(t, db, "k", "v")
	}()
	collectUntil(t, func() bool {
		if leaks.Load() == 0 {
			return false
		}
		db, err := Open(path)
		return err == nil && db.Close() == nil
	})
}

// collectUntil has the collector work until something is so.
func collectUntil(t *testing.T, isSo func() bool) {
	t.Helper()
	for i := 0; i < 500; i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		if isSo() {
			return
		}
	}
	t.Fatal("what was forgotten is still open")
}

// wantErrorOf checks, in any goroutine, that an error is one of several.
func wantErrorOf(t testing.TB, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if errors.Is(err, target) {
			return
		}
	}
	t.Errorf("error %v instead of one of %v", err, targets)
}

// TestNothingGrows opens and closes everything again and again: neither memory nor descriptors may grow.
func TestNothingGrows(t *testing.T) {
	cycles := int(numberFrom("WOMBAT_TEST_CYCLES", 1000))
	db := openTest(t)
	mustPut(t, db, "k", "v")
	wantNil(t, db.Flush(context.Background())) // or the database does it by itself in some minutes, and has more files open
	path := filepath.Join(memoryFolder(t), "db")
	cycle := func(count int) {
		for i := 0; i < count; i++ {
			other, err := Open(path, With(OptionWALSync, "os"))
			wantNil(t, err)
			wantNil(t, other.Put([]byte("k"), []byte("v"), nil))
			wantNil(t, other.Close())
			for j := 0; j < 10; j++ {
				openAndCloseChildren(t, db)
			}
		}
	}
	cycle(200)
	memory, descriptors := residentPages(t), openDescriptors(t)
	cycle(cycles)
	runtime.GC()
	if now := openDescriptors(t); now != descriptors {
		t.Errorf("%d descriptors instead of %d", now, descriptors)
	}
	if grown := (residentPages(t) - memory) * 4 / 1024; grown > numberFrom("WOMBAT_TEST_GROWTH", 64) {
		t.Errorf("memory has grown by %d MiB", grown)
	}
}

func openAndCloseChildren(t *testing.T, db *DB) {
	rows, err := db.NewIterator(nil)
	wantNil(t, err)
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	batch, err := NewBatch()
	wantNil(t, err)
	path := filepath.Join(filepath.Dir(db.Path()), "building")
	builder, err := NewTableBuilder(path)
	wantNil(t, err)
	wantNil(t, builder.Put([]byte("k"), []byte("v")))
	_, err = rows.ReadValue()
	wantError(t, err, ErrNotFound)
	wantNil(t, db.View([]byte("k"), &ReadOptions{Snapshot: snapshot}, func(value []byte) error { return batch.Put(value, value) }))
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	keyspace, err := db.OpenKeyspace("default")
	wantNil(t, err)
	txn, err := keyspace.Begin(nil)
	wantNil(t, err)
	wantNil(t, txn.In(db).Put([]byte("other"), nil))
	txnRows, err := txn.NewIterator(nil)
	wantNil(t, err)
	if !txnRows.Next() {
		t.Fatal(txnRows.Err())
	}
	wantNil(t, txnRows.Close())
	wantNil(t, txn.Close())
	wantNil(t, keyspace.Close())
	_, err = db.Option("nonsense")
	wantError(t, err, ErrUnknownOption)
	wantNil(t, rows.Close())
	wantNil(t, snapshot.Close())
	wantNil(t, batch.Close())
	wantNil(t, builder.Close())
}

// memoryFolder is a folder that needs no disk, if there is such a thing: opening a database waits for the disk.
func memoryFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "wombat_go_")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

func residentPages(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	wantNil(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	wantNil(t, err)
	return pages
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	wantNil(t, err)
	return len(entries)
}
