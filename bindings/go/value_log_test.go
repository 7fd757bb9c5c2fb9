package wombat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// openWithValueFiles opens a database that writes values of 100 bytes and more to value files.
func openWithValueFiles(t testing.TB) *DB {
	t.Helper()
	return openTest(t, WithText("value_log.threshold=100; value_log.file_size=64KiB"))
}

// patterned is a value that shows which of its bytes are where.
func patterned(seed, size int) []byte {
	value := make([]byte, size)
	rand.New(rand.NewSource(int64(seed))).Read(value)
	return value
}

func TestGetPart(t *testing.T) {
	db := openWithValueFiles(t)
	key := []byte("k")
	for _, size := range []int{0, 1, 99, 100, 65536, 65537, 300_001} {
		value := patterned(size, size)
		wantNil(t, db.Put(key, value, nil))
		for _, offset := range []int{0, 1, 98, 65535, 65536, size - 1, size, size + 1} {
			for _, capacity := range []int{0, 1, 100, 70_000} {
				if offset < 0 {
					continue
				}
				buffer := make([]byte, capacity)
				count, whole, err := db.GetPart(key, int64(offset), buffer, nil)
				wantNil(t, err)
				wanted := value[min(offset, size):min(offset+capacity, size)]
				if whole != int64(size) || !bytes.Equal(buffer[:count], wanted) {
					t.Fatalf("size %d, offset %d: %d of %d bytes", size, offset, count, whole)
				}
			}
		}
	}
	if count, whole, err := db.GetPart(key, 1<<62, make([]byte, 10), nil); count != 0 || whole != 300_001 || err != nil {
		t.Fatal(count, whole, err)
	}
	buffer := make([]byte, 50)
	if allocations := testing.AllocsPerRun(100, func() { _, _, _ = db.GetPart(key, 100, buffer, nil) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	mustPut(t, db, "k", "new")
	if count, whole, err := db.GetPart(key, 1, buffer, nil); string(buffer[:count]) != "ew" || whole != 3 || err != nil {
		t.Fatal(count, whole, err)
	}
	if count, whole, err := db.GetPart(key, 1, buffer, &ReadOptions{Snapshot: snapshot}); count != 50 || whole != 300_001 || err != nil {
		t.Fatal(count, whole, err)
	}
	wantNil(t, snapshot.Close())
	_, _, err = db.GetPart(key, 1, buffer, &ReadOptions{Snapshot: snapshot})
	wantError(t, err, ErrClosed)
	_, _, err = db.GetPart([]byte("none"), 0, buffer, nil)
	wantError(t, err, ErrNotFound)
	_, _, err = db.GetPart(key, -1, buffer, nil)
	wantError(t, err, ErrInvalidArgument)
	wantNil(t, db.Close())
	_, _, err = db.GetPart(key, 0, buffer, nil)
	wantError(t, err, ErrClosed)
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// lazyRows are keys with values of sizes around the threshold, many enough for several batches.
func lazyRows(t testing.TB, db *DB) (keys []string, values [][]byte) {
	t.Helper()
	sizes := []int{0, 5, 99, 100, 101, 3000, 20, 70_000}
	for i := 0; i < 600; i++ {
		keys = append(keys, fmt.Sprintf("key %04d", i))
		values = append(values, patterned(i, sizes[(i*i)%len(sizes)]))
		wantNil(t, db.Put([]byte(keys[i]), values[i], nil))
	}
	return keys, values
}

func checkLazyRow(t testing.TB, rows *Iterator, key string, value []byte, isLazy bool) {
	t.Helper()
	if string(rows.Key()) != key || rows.ValueSize() != len(value) {
		t.Fatalf("row %q with %d bytes instead of %q with %d", rows.Key(), rows.ValueSize(), key, len(value))
	}
	if isLeft := isLazy && len(value) >= 100; rows.HasValue() == isLeft || isLeft != (rows.Value() == nil) {
		t.Fatalf("%q of %d bytes: %v, %v", key, len(value), rows.HasValue(), rows.Value() == nil)
	}
	if rows.HasValue() && !bytes.Equal(rows.Value(), value) {
		t.Fatalf("another value of %q", key)
	}
}

func TestLazyValues(t *testing.T) {
	random := rand.New(rand.NewSource(testSeed(t)))
	db := openWithValueFiles(t)
	keys, values := lazyRows(t, db)
	txn, err := db.Begin(nil)
	wantNil(t, err)
	defer txn.Close()
	for place := 0; place < 2; place++ {
		for _, isLazy := range []bool{true, false} {
			for _, open := range []func(*IteratorOptions) (*Iterator, error){db.NewIterator, txn.NewIterator} {
				rows, err := open(&IteratorOptions{LazyValues: isLazy})
				wantNil(t, err)
				for i := 0; rows.Next(); i++ {
					checkLazyRow(t, rows, keys[i], values[i], isLazy)
				}
				for i := len(keys) - 1; rows.Prev(); i-- {
					checkLazyRow(t, rows, keys[i], values[i], isLazy)
				}
				at := -1
				for step := 0; step < 3000; step++ {
					switch random.Intn(6) {
					case 0:
						at = random.Intn(len(keys))
						if !rows.Seek([]byte(keys[at])) {
							t.Fatal(rows.Err())
						}
					case 1, 2, 3:
						if at < len(keys) {
							at++
						}
						rows.Next()
					default:
						if at >= 0 {
							at--
						}
						rows.Prev()
					}
					if rows.Valid() != (at >= 0 && at < len(keys)) {
						t.Fatal(at, rows.Valid(), rows.Err())
					}
					if !rows.Valid() {
						_, err := rows.ReadValue()
						wantError(t, err, ErrNotFound)
						continue
					}
					checkLazyRow(t, rows, keys[at], values[at], isLazy)
					if random.Intn(3) == 0 {
						value, err := rows.ReadValue()
						if err != nil || !bytes.Equal(value, values[at]) {
							t.Fatalf("%q: %v", keys[at], err)
						}
					}
					if random.Intn(10) == 0 {
						if expiry, err := rows.Expiry(); !expiry.IsZero() || err != nil {
							t.Fatal(keys[at], expiry, err)
						}
					}
					checkLazyRow(t, rows, keys[at], values[at], isLazy)
				}
				wantNil(t, rows.Close())
			}
		}
		wantNil(t, db.Flush(background))
	}
}

func TestLazyValuesIntoBuffers(t *testing.T) {
	db := openWithValueFiles(t)
	value := patterned(1, 5000)
	wantNil(t, db.Put([]byte("k"), value, nil))
	rows, err := db.NewIterator(&IteratorOptions{LazyValues: true})
	wantNil(t, err)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	for _, capacity := range []int{0, 4, 5003, 5004, 9000} {
		got, err := rows.AppendValue(append(make([]byte, 0, capacity), "head"...))
		if err != nil || string(got[:4]) != "head" || !bytes.Equal(got[4:], value) {
			t.Fatal(capacity, len(got), err)
		}
	}
	buffer := make([]byte, 0, 5000)
	if allocations := testing.AllocsPerRun(100, func() { buffer, _ = rows.AppendValue(buffer[:0]) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
	if rows.Next() || rows.ValueSize() != 0 || rows.HasValue() {
		t.Error("a value behind the last row")
	}
	wantNil(t, rows.Close())
	got, err := rows.AppendValue(buffer[:3])
	wantError(t, err, ErrClosed)
	if len(got) != 3 {
		t.Error(len(got))
	}
	keysOnly, err := db.NewIterator(&IteratorOptions{KeysOnly: true, LazyValues: true})
	wantNil(t, err)
	if !keysOnly.Next() || keysOnly.HasValue() || keysOnly.ValueSize() != 0 {
		t.Fatal("a value with keys only")
	}
	if got, err := keysOnly.ReadValue(); err != nil || !bytes.Equal(got, value) {
		t.Fatal(len(got), err)
	}
	wantNil(t, db.Close())
	_, err = keysOnly.ReadValue()
	wantError(t, err, ErrClosed)
	keysOnly.Close()
}

// TestLazyValueThatIsGone asks for values that have expired, and of a file that was damaged, since their rows were fetched.
func TestLazyValueThatIsGone(t *testing.T) {
	db := openWithValueFiles(t)
	long := patterned(1, 500)
	wantNil(t, db.Put([]byte("a"), long, nil))
	wantNil(t, db.Put([]byte("b"), long, &WriteOptions{TTL: 300 * time.Millisecond}))
	wantNil(t, db.Put([]byte("c"), long, nil))
	rows, err := db.NewIterator(&IteratorOptions{LazyValues: true})
	wantNil(t, err)
	if !rows.Next() || !rows.Next() || string(rows.Key()) != "b" {
		t.Fatal(rows.Err())
	}
	time.Sleep(400 * time.Millisecond)
	if _, err := rows.ReadValue(); err != nil { // a row that is shown may stay
		wantError(t, err, ErrNotFound)
	}
	if !rows.Next() || string(rows.Key()) != "c" {
		t.Fatal(rows.Err())
	}
	files, err := filepath.Glob(filepath.Join(db.Path(), "*.values"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		wantNil(t, err)
		if at := bytes.LastIndex(data, long[100:200]); at >= 0 {
			data[at] ^= 1
			wantNil(t, os.WriteFile(file, data, 0o600))
		}
	}
	for i := 0; i < 2; i++ {
		got, err := rows.AppendValue([]byte("head"))
		wantError(t, err, ErrCorruption)
		if string(got) != "head" || string(rows.Key()) != "c" || rows.Err() != nil {
			t.Fatal(got, rows.Err())
		}
	}
	if !rows.Prev() {
		t.Fatal(rows.Err())
	}
	wantNil(t, rows.Close())
}

func TestReclaim(t *testing.T) {
	db := openTest(t, WithText("value_log.threshold=100; value_log.file_size=64KiB; value_log.reclaim_ratio=0"))
	makeGarbage := func() {
		for turn := 0; turn < 2; turn++ {
			for i := 0; i < 200; i += 1 + turn { // half of each file dies
				wantNil(t, db.Put([]byte(fmt.Sprint("key", i)), patterned(turn, 3000), nil))
			}
			wantNil(t, db.Flush(background))
		}
		wantNil(t, db.CompactRange(background, nil, nil))
	}
	makeGarbage()
	before, err := db.PropertyInt("value_log.bytes")
	wantNil(t, err)
	reports := 0
	ctx := WithProgress(background, func(done, total uint64) bool {
		reports++
		return true
	})
	wantNil(t, db.Reclaim(ctx, 0))
	wantNil(t, db.Wait(background))
	after, err := db.PropertyInt("value_log.bytes")
	if err != nil || after*5 > before*4 || reports == 0 {
		t.Fatalf("%d bytes before, %d after, %d reports, %v", before, after, reports, err)
	}
	makeGarbage()
	stop := WithProgress(background, func(done, total uint64) bool { return false })
	wantError(t, db.Reclaim(stop, 0), ErrCancelled)
	ended, cancel := context.WithCancel(background)
	cancel()
	wantError(t, db.Reclaim(ended, 0), context.Canceled)
	wantError(t, db.Reclaim(background, -1), ErrInvalidArgument)
	wantError(t, db.Reclaim(background, 101), ErrInvalidArgument)
	wantNil(t, db.Wait(background))
	makeGarbage()
	wantNil(t, db.PauseCompaction(background))
	wantError(t, db.Reclaim(background, 0), ErrBusy)
	wantNil(t, db.ResumeCompaction())
	wantNil(t, db.Close())
	wantError(t, db.Reclaim(background, 0), ErrClosed)
}

// TestCloseWhileValuesAreRead closes iterators and the database while others read values that were left.
func TestCloseWhileValuesAreRead(t *testing.T) {
	for round := 0; round < 10; round++ {
		db := openWithValueFiles(t)
		lazyRows(t, db)
		var group sync.WaitGroup
		for i := 0; i < 3; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					rows, err := db.NewIterator(&IteratorOptions{LazyValues: true})
					if err == nil {
						go func() {
							time.Sleep(time.Millisecond)
							rows.Close()
						}()
						for rows.Next() && err == nil {
							_, err = rows.ReadValue()
						}
						rows.Close()
					}
					if err == nil {
						_, _, err = db.GetPart([]byte("key 0007"), 1000, make([]byte, 50), nil)
					}
					if err == nil {
						err = db.Reclaim(background, 50)
					}
					if db.handle.isClosed() {
						return
					}
					if err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrBusy) {
						t.Error(err)
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
