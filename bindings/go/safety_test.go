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
	for i, err := range []error{
		getError, appendError, hasError, multiGetError, iteratorError, snapshotError, statisticsError, reportError, optionError,
		db.Put(key, key, nil), db.Delete(key, nil), db.Write(batch, nil), db.Sync(), db.Flush(ctx), db.Verify(ctx),
		db.View(key, nil, func([]byte) error { return nil }),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if rows.First() || !errors.Is(rows.Err(), ErrClosed) {
		t.Error(rows.Err())
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
	open := func() (*DB, error) { return Open(path, With(OptionWALSync, "os")) }
	first, err := open()
	wantNil(t, err)
	var current atomic.Pointer[DB]
	current.Store(first)
	var reopening sync.Mutex
	snapshots := make(chan *Snapshot, 20)
	iterators := make(chan *Iterator, 20)
	var left atomic.Int64
	left.Store(numberFrom("WOMBAT_TEST_CALLS", 20_000))

	check := func(err error) {
		for _, allowed := range []error{nil, ErrClosed, ErrNotFound, ErrInvalidArgument, ErrTooLarge, ErrLocked} {
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
			switch random.Intn(22) {
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
	check(current.Load().Close())
	db, err := open()
	wantNil(t, err)
	wantNil(t, db.Verify(context.Background()))
	wantNil(t, db.Close())
}
