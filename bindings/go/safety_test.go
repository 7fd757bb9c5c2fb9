package wombat

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
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
	for i := 0; i < 500; i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		if leaks.Load() > 0 {
			if db, err := Open(path); err == nil {
				wantNil(t, db.Close())
				return
			}
		}
	}
	t.Fatal("the forgotten database is still open")
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

// TestAbuse has goroutines call anything on anything, open or closed, theirs or another's, while databases are closed and
// opened: each call works or fails with what its documentation says. Moving one iterator from two goroutines is a data race
// of the caller, so iterators here only change hands.
func TestAbuse(t *testing.T) {
	seed := testSeed(t)
	path := filepath.Join(t.TempDir(), "db")
	open := func() (*DB, error) {
		return Open(path, WithText("wal.sync=os; txn.lock_timeout_ms=2; retry.first_delay_ms=0"))
	}
	first, err := open()
	wantNil(t, err)
	var current atomic.Pointer[DB]
	current.Store(first)
	var reopening sync.Mutex
	snapshots := make(chan *Snapshot, 20)
	iterators := make(chan *Iterator, 20)
	var txns [4]atomic.Pointer[Txn]     // all may use all of them at once
	var keyspaces [3]atomic.Pointer[DB] // of "space0" and so on, or what was dropped since
	var left atomic.Int64
	left.Store(numberFrom("WOMBAT_TEST_CALLS", 20_000))

	check := func(err error) {
		for _, allowed := range []error{
			nil, ErrClosed, ErrNotFound, ErrInvalidArgument, ErrTooLarge, ErrLocked, ErrTxnEnded, ErrInUse, ErrConflict, ErrDeadlock,
			ErrTimedOut, ErrDropped, ErrAlreadyExists, ErrDoesNotExist, ErrMergeFailed, ErrReadOnly, ErrTooOld,
		} {
			if errors.Is(err, allowed) {
				return
			}
		}
		t.Error(err)
	}
	work := func(random *rand.Rand) {
		batch, err := NewBatch()
		wantNil(t, err)
		defer batch.Close()
		for left.Add(-1) >= 0 {
			db := current.Load()
			key := []byte(fmt.Sprint("key", random.Intn(300)))
			switch random.Intn(23 + abuseKinds) {
			default:
				abuseTransactions(random, db, key, txns[random.Intn(len(txns))].Load, &txns[random.Intn(len(txns))],
					&keyspaces[random.Intn(len(keyspaces))], check)
			case 22:
				keyspace := keyspaces[random.Intn(len(keyspaces))].Load()
				check(batch.UseKeyspace(keyspace))
				check(batch.DeleteRange(key, nil))
				check(batch.Merge(MergeAppend, key, key))
				check(batch.PutTTL(key, key, time.Millisecond))
			case 0, 1, 2:
				check(db.Put(key, make([]byte, random.Intn(2000)), nil))
			case 3:
				check(db.Put(make([]byte, random.Intn(70_000)), key, nil))
			case 4:
				check(db.Delete(key, nil))
			case 5, 6:
				_, err := db.Get(key, nil)
				check(err)
			case 7:
				_, err := db.MultiGet([][]byte{key, key}, nil)
				check(err)
			case 8:
				check(db.View(key, nil, func(value []byte) error { return nil }))
			case 9:
				rows, err := db.NewIterator(nil)
				check(err)
				if err == nil {
					select {
					case iterators <- rows:
					default:
						check(rows.Close())
					}
				}
			case 10:
				snapshot, err := db.NewSnapshot()
				check(err)
				if err == nil {
					select {
					case snapshots <- snapshot:
					default:
						check(snapshot.Close())
					}
				}
			case 11, 12, 13:
				select {
				case rows := <-iterators:
					if random.Intn(4) == 0 {
						go rows.Close()
					}
					rows.Seek(key)
					for i := 0; i < 200 && rows.Next(); i++ {
						_ = append(rows.Key(), rows.Value()...)
					}
					rows.Prev()
					check(rows.Err())
					if random.Intn(2) == 0 {
						select {
						case iterators <- rows:
						default:
							check(rows.Close())
						}
					} else {
						check(rows.Close())
					}
				default:
				}
			case 14, 15:
				select {
				case snapshot := <-snapshots:
					_, err := db.Get(key, &ReadOptions{Snapshot: snapshot})
					check(err)
					if random.Intn(2) == 0 {
						go snapshot.Close()
					}
					_, err = db.NewIterator(&IteratorOptions{Snapshot: snapshot})
					check(err)
				default:
				}
			case 16, 17:
				check(batch.Put(key, make([]byte, random.Intn(5000))))
			case 18:
				check(db.Write(batch, nil))
				check(batch.Clear())
			case 19:
				_, err := db.Statistics()
				check(err)
			case 20:
				check(db.Flush(context.Background()))
			case 21:
				if random.Intn(10) == 0 {
					check(db.Close())
					reopening.Lock()
					if current.Load() == db {
						next, err := open()
						check(err)
						if err == nil {
							current.Store(next)
						}
					}
					reopening.Unlock()
				}
			}
		}
	}
	before := OnLeak
	OnLeak = func(string) {}
	defer func() { OnLeak = before }()
	var group sync.WaitGroup
	for i := int64(0); i < 4; i++ {
		random := rand.New(rand.NewSource(seed + i))
		group.Add(1)
		go func() {
			defer group.Done()
			work(random)
		}()
	}
	group.Wait()
	for i := range txns {
		if txn := txns[i].Load(); txn != nil {
			wantNil(t, txn.Close())
		}
	}
	check(current.Load().Close())
	db, err := open()
	wantNil(t, err)
	wantNil(t, db.Verify(context.Background()))
	wantNil(t, db.Close())
}

// abuseKinds is how many of the cases of TestAbuse are left to abuseTransactions.
const abuseKinds = 22

func abuseTransactions(random *rand.Rand, db *DB, key []byte, any func() *Txn, slot *atomic.Pointer[Txn], space *atomic.Pointer[DB],
	check func(error)) {
	txn := any()
	if txn != nil && random.Intn(2) == 0 {
		txn = txn.In(space.Load())
	}
	kind := random.Intn(14)
	if txn == nil || kind == 0 {
		options := &TxnOptions{Isolation: Isolation(random.Intn(4)), Pessimistic: random.Intn(2) == 0, ReadOnly: random.Intn(8) == 0}
		txn, err := db.Begin(options)
		check(err)
		if err == nil {
			if old := slot.Swap(txn); old != nil && random.Intn(4) > 0 {
				check(old.Close())
			}
		}
		return
	}
	switch kind {
	case 1, 2, 3:
		check(txn.Put(key, make([]byte, random.Intn(2000))))
	case 4:
		_, err := txn.Get(key)
		check(err)
		_, err = txn.GetForUpdate(key)
		check(err)
	case 5:
		_, err := txn.MultiGet([][]byte{key, key})
		check(err)
		check(txn.Delete(key))
	case 6:
		rows, err := txn.NewIterator(nil)
		check(err)
		if err == nil {
			rows.Seek(key)
			for i := 0; i < random.Intn(100) && rows.Next(); i++ {
			}
			check(rows.Close())
		}
	case 7:
		check(txn.SetSavepoint())
		check(txn.DeleteRange(key, nil))
		check(txn.Merge(MergeAppend, key, key))
		check(txn.RollbackToSavepoint())
	case 8:
		_, err := txn.Commit(nil)
		check(err)
	case 9:
		check(txn.Rollback())
	case 10:
		if random.Intn(4) == 0 {
			check(txn.Prepare(string(key)))
		}
		names, err := db.PreparedTxns()
		check(err)
		for _, name := range names {
			if random.Intn(2) == 0 {
				_, err = db.CommitPrepared(name)
			} else {
				err = db.RollbackPrepared(name)
			}
			check(err)
		}
	case 11:
		name := fmt.Sprint("space", random.Intn(3))
		if random.Intn(4) == 0 {
			check(db.DropKeyspace(name))
		}
		check(db.CreateKeyspace(name))
		keyspace, err := db.OpenKeyspace(name)
		check(err)
		if err == nil {
			if old := space.Swap(keyspace); old != nil && random.Intn(2) == 0 {
				check(old.Close())
			}
		}
	case 12:
		_, err := db.RunTxn(background, nil, func(txn *Txn) error {
			_, err := txn.Get(key)
			check(err)
			return txn.Put(key, key)
		})
		check(err)
	case 13:
		_, err := db.FetchAdd(key, 1, nil)
		check(err)
		_, err = db.PutIfAbsent(key, key, nil)
		check(err)
		_, err = db.CompareAndSet(key, nil, key, nil)
		check(err)
	}
}
