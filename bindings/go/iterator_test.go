package wombat

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strconv"
	"testing"
	"time"
)

// fill stores rows 000 to count - 1 with values of different sizes, and returns their keys.
func fill(t testing.TB, db *DB, count int) []string {
	t.Helper()
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	var keys []string
	for i := 0; i < count; i++ {
		keys = append(keys, fmt.Sprintf("%04d", i))
		wantNil(t, batch.Put([]byte(keys[i]), bytes.Repeat([]byte(keys[i]), i%50)))
	}
	wantNil(t, db.Write(batch, nil))
	return keys
}

func collect(t testing.TB, db *DB, options *IteratorOptions) []string {
	t.Helper()
	rows, err := db.NewIterator(options)
	wantNil(t, err)
	var keys []string
	for rows.Next() {
		keys = append(keys, string(rows.Key()))
	}
	wantNil(t, rows.Close())
	return keys
}

func TestScan(t *testing.T) {
	db := openTest(t)
	keys := fill(t, db, 3000)
	if got := collect(t, db, nil); fmt.Sprint(got) != fmt.Sprint(keys) {
		t.Fatal(len(got))
	}
	if got := collect(t, db, &IteratorOptions{Lower: []byte("0010"), Upper: []byte("0013")}); fmt.Sprint(got) != "[0010 0011 0012]" {
		t.Fatal(got)
	}
	if got := collect(t, db, &IteratorOptions{Prefix: []byte("012"), KeysOnly: true, NoFillCache: true, Readahead: 1 << 16}); len(got) != 10 {
		t.Fatal(got)
	}
	if got := collect(t, db, &IteratorOptions{Upper: []byte{}}); len(got) != 0 {
		t.Fatal(got)
	}
	_, err := db.NewIterator(&IteratorOptions{Lower: []byte("b"), Upper: []byte("a")})
	wantError(t, err, ErrInvalidArgument)
}

func TestRowLargerThanABatch(t *testing.T) {
	db := openTest(t)
	large := bytes.Repeat([]byte("x"), 1<<20)
	mustPut(t, db, "a", "1")
	wantNil(t, db.Put([]byte("b"), large, nil))
	mustPut(t, db, "c", "3")
	rows, err := db.NewIterator(nil)
	wantNil(t, err)
	defer rows.Close()
	if !rows.Seek([]byte("b")) || !bytes.Equal(rows.Value(), large) {
		t.Fatal(rows.Err())
	}
	if !rows.Next() || string(rows.Value()) != "3" || rows.Next() || rows.Next() || rows.Valid() {
		t.Fatal(rows.Err())
	}
	if !rows.Prev() || string(rows.Key()) != "c" || !rows.Prev() || !bytes.Equal(rows.Value(), large) || !rows.Prev() || rows.Prev() {
		t.Fatal(rows.Err())
	}
	if !rows.Next() || string(rows.Key()) != "a" {
		t.Fatal("next() before the first row")
	}
}

// TestIteratorAgainstModel moves an iterator at random and compares every step with a sorted list.
func TestIteratorAgainstModel(t *testing.T) {
	seed := time.Now().UnixNano()
	if text := os.Getenv("WOMBAT_TEST_SEED"); text != "" {
		seed, _ = strconv.ParseInt(text, 10, 64)
	}
	t.Logf("WOMBAT_TEST_SEED=%d", seed)
	random := rand.New(rand.NewSource(seed))
	db := openTest(t)
	keys := fill(t, db, 500)
	rows, err := db.NewIterator(nil)
	wantNil(t, err)
	defer rows.Close()
	at, fresh := -1, true
	for step := 0; step < 20_000; step++ {
		var found bool
		move := random.Intn(8)
		target := fmt.Sprintf("%04d", random.Intn(520)-5)
		switch {
		case move == 0:
			found, at = rows.First(), 0
		case move == 1:
			found, at = rows.Last(), len(keys)-1
		case move == 2:
			found, at = rows.Seek([]byte(target)), sort.SearchStrings(keys, target)
		case move == 3:
			found, at = rows.SeekForPrev([]byte(target)), sort.SearchStrings(keys, target+"\x00")-1
		case move < 6:
			if at < len(keys) {
				at++
			}
			found = rows.Next()
		case fresh:
			found, at = rows.Prev(), len(keys)-1
		default:
			if at >= 0 {
				at--
			}
			found = rows.Prev()
		}
		fresh = false
		if found != (at >= 0 && at < len(keys)) || found != rows.Valid() {
			t.Fatalf("step %d, move %d: found %v at %d, %v", step, move, found, at, rows.Err())
		}
		if found && (string(rows.Key()) != keys[at] || len(rows.Value()) != 4*(at%50)) {
			t.Fatalf("step %d, move %d: %q instead of %q", step, move, rows.Key(), keys[at])
		}
	}
}

func TestBatch(t *testing.T) {
	db := openTest(t)
	batch, err := NewBatch()
	wantNil(t, err)
	wantNil(t, batch.Put([]byte("a"), []byte("1")))
	wantError(t, batch.RollbackToSavepoint(), ErrNotFound)
	wantNil(t, batch.SetSavepoint())
	wantNil(t, batch.Put([]byte("b"), bytes.Repeat([]byte("x"), 1<<20)))
	wantNil(t, batch.Delete([]byte("a")))
	if count, err := batch.Count(); count != 3 || err != nil {
		t.Fatal(count, err)
	}
	if size, err := batch.Size(); size < 1<<20 || err != nil {
		t.Fatal(size, err)
	}
	wantNil(t, batch.RollbackToSavepoint())
	wantNil(t, batch.SetSavepoint())
	wantNil(t, batch.Delete([]byte("c")))
	wantNil(t, batch.ReleaseSavepoint())
	wantError(t, batch.ReleaseSavepoint(), ErrNotFound)
	wantError(t, batch.Put(make([]byte, KeySizeMax+1), nil), ErrTooLarge)
	wantNil(t, batch.Delete(bytes.Repeat([]byte("k"), KeySizeMax)))
	mustPut(t, db, "c", "3")
	wantNil(t, db.Write(batch, nil))
	if got := collect(t, db, nil); fmt.Sprint(got) != "[a]" {
		t.Fatal(got)
	}
	wantNil(t, batch.Clear())
	if count, err := batch.Count(); count != 0 || err != nil {
		t.Fatal(count, err)
	}
	wantNil(t, db.Write(batch, nil))
	wantNil(t, batch.Close())
	wantNil(t, batch.Close())
	wantError(t, batch.Put([]byte("a"), nil), ErrClosed)
	wantError(t, db.Write(batch, nil), ErrClosed)
}
