package wombat

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"
)

var then = time.Date(3000, 1, 1, 0, 0, 0, 1000, time.UTC)

func wantExpiry(t *testing.T, got time.Time, err error, want time.Time) {
	t.Helper()
	if err != nil || !got.Equal(want) || got.IsZero() != want.IsZero() {
		t.Errorf("expires %v %v, want %v", got, err, want)
	}
}

func TestExpiryOfKeys(t *testing.T) {
	db := openTest(t)
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	value := []byte("v")
	wantNil(t, batch.PutUntil([]byte("then"), value, then.Add(999)))
	wantNil(t, batch.PutUntil([]byte("never"), value, time.Time{}))
	wantNil(t, batch.PutUntil([]byte("late"), value, time.Unix(math.MaxInt64/1_000_000, 0)))
	wantNil(t, batch.Put([]byte("gone"), value))
	wantNil(t, batch.PutUntil([]byte("gone"), value, time.Unix(0, 0)))
	wantNil(t, batch.PutUntil([]byte("gone too"), value, time.Unix(-1e12, 0)))
	wantNil(t, db.Write(batch, nil))
	wantNil(t, db.Put([]byte("plain"), value, nil))
	for key, want := range map[string]time.Time{
		"then": then, "never": {}, "plain": {}, "late": time.UnixMicro(math.MaxInt64),
	} {
		got, err := db.Expiry([]byte(key), nil)
		wantExpiry(t, got, err, want)
	}
	for _, key := range []string{"gone", "gone too", "never written", ""} {
		if got, err := db.Expiry([]byte(key), nil); !got.IsZero() || !errors.Is(err, ErrNotFound) {
			t.Error(key, got, err)
		}
	}
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	defer snapshot.Close()
	wantNil(t, db.Delete([]byte("then"), nil))
	got, err := db.Expiry([]byte("then"), &ReadOptions{Snapshot: snapshot})
	wantExpiry(t, got, err, then)
	wantNil(t, db.Put([]byte("hour"), value, &WriteOptions{TTL: time.Hour}))
	if got, err = db.Expiry([]byte("hour"), nil); err != nil || time.Until(got) > time.Hour || time.Until(got) < 50*time.Minute {
		t.Error(got, err)
	}
	large := make([]byte, KeySizeMax+1)
	if _, err = db.Expiry(large, nil); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if err = batch.PutUntil(large, value, then); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	wantNil(t, db.Close())
	if _, err = db.Expiry(nil, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// Asked for now and then, forward and backward, rows come as they do without.
func TestExpiryOfRows(t *testing.T) {
	db := openTest(t)
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	for i := 0; i < 100; i++ {
		expiry := then.Add(time.Duration(i) * time.Second)
		if i%3 == 0 {
			expiry = time.Time{}
		}
		wantNil(t, batch.PutUntil([]byte{byte(i)}, []byte("v"), expiry))
	}
	wantNil(t, db.Write(batch, nil))
	txn, err := db.Begin(nil)
	wantNil(t, err)
	defer txn.Close()
	wantNil(t, txn.Put([]byte{100}, []byte("v")))
	for _, every := range []int{1, 2, 7, 30} {
		rows, err := db.NewIterator(nil)
		wantNil(t, err)
		checkExpiryOfRows(t, rows, 100, every)
		rows, err = txn.NewIterator(nil)
		wantNil(t, err)
		checkExpiryOfRows(t, rows, 101, every)
	}
}

func checkExpiryOfRows(t *testing.T, rows *Iterator, count, every int) {
	t.Helper()
	for step := 0; step < 2*count; step++ {
		i, found := step, false
		switch {
		case step < count:
			found = rows.Next()
		case step == count:
			found = !rows.Next() && rows.Prev()
		default:
			found = rows.Prev()
		}
		if step >= count {
			i = 2*count - 1 - step
		}
		if !found || !bytes.Equal(rows.Key(), []byte{byte(i)}) {
			t.Fatal(step, i, found, rows.Key(), rows.Err())
		}
		if step%every != 0 {
			continue
		}
		want := then.Add(time.Duration(i) * time.Second)
		if i%3 == 0 || i == 100 {
			want = time.Time{}
		}
		for again := 0; again < 2; again++ {
			got, err := rows.Expiry()
			wantExpiry(t, got, err, want)
		}
	}
	if rows.Prev() {
		t.Error("a row before the first")
	}
	if _, err := rows.Expiry(); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	wantNil(t, rows.Close())
	if _, err := rows.Expiry(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestExpiryOfARowThatIsOver(t *testing.T) {
	db := openTest(t)
	for _, key := range []string{"a", "c"} {
		wantNil(t, db.Put([]byte(key), []byte("v"), nil))
	}
	wantNil(t, db.Put([]byte("b"), []byte("v"), &WriteOptions{TTL: time.Second}))
	rows, err := db.NewIterator(nil)
	wantNil(t, err)
	defer rows.Close()
	if !(rows.Next() && rows.Next() && string(rows.Key()) == "b") {
		t.Fatal("no row b")
	}
	for has := true; has; has, err = db.Has([]byte("b"), nil) {
		wantNil(t, err)
	}
	if got, err := rows.Expiry(); !errors.Is(err, ErrNotFound) {
		t.Error(got, err)
	}
	if !rows.Next() || string(rows.Key()) != "c" {
		t.Errorf("%q behind b", rows.Key())
	}
}

// TestExpiryOfTheLastRow: reading ahead from there has met the end.
func TestExpiryOfTheLastRow(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "a", "1")
	mustPut(t, db, "b", "2")
	rows, err := db.NewIterator(nil)
	wantNil(t, err)
	defer rows.Close()
	for _, move := range []func() bool{func() bool { return rows.Seek([]byte("b")) }, rows.Last, rows.First, rows.Next} {
		if !move() {
			t.Fatal(rows.Err())
		}
		if expiry, err := rows.Expiry(); !expiry.IsZero() || err != nil {
			t.Fatalf("%q: %v, %v", rows.Key(), expiry, err)
		}
	}
	if rows.Next() {
		t.Fatal("a row behind the last")
	}
}
