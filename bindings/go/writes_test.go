package wombat

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestTimeToLive(t *testing.T) {
	db := openTest(t)
	soon := 50 * time.Millisecond
	wantNil(t, db.Put([]byte("soon"), []byte("v"), &WriteOptions{TTL: soon}))
	wantNil(t, db.Put([]byte("late"), []byte("v"), &WriteOptions{TTL: time.Hour}))
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	wantNil(t, batch.PutTTL([]byte("batch soon"), []byte("v"), soon))
	wantNil(t, batch.PutTTL([]byte("batch never"), []byte("v"), TTLNone))
	wantNil(t, batch.PutTTL([]byte("batch default"), []byte("v"), 0))
	wantNil(t, batch.Put([]byte("batch plain"), []byte("v")))
	if count, err := batch.Count(); count != 4 || err != nil {
		t.Fatal(count, err)
	}
	wantNil(t, db.Write(batch, &WriteOptions{TTL: soon}))
	added, err := db.PutIfAbsent([]byte("single"), []byte("v"), &WriteOptions{TTL: soon})
	if !added || err != nil {
		t.Fatal(added, err)
	}
	txn, err := db.Begin(nil)
	wantNil(t, err)
	defer txn.Close()
	wantNil(t, txn.PutTTL([]byte("txn"), []byte("v"), soon))
	_, err = txn.Commit(nil)
	wantNil(t, err)
	time.Sleep(2 * soon)
	for _, key := range []string{"soon", "batch soon", "batch default", "batch plain", "single", "txn"} {
		wantAbsent(t, db, key)
	}
	wantValue(t, db, "late", "v")
	wantValue(t, db, "batch never", "v")
}

func TestDefaultTimeToLive(t *testing.T) {
	db := openTest(t, With(OptionTTLDefaultMS, "50"))
	wantNil(t, db.Put([]byte("soon"), []byte("v"), nil))
	wantNil(t, db.Put([]byte("never"), []byte("v"), &WriteOptions{TTL: TTLNone}))
	time.Sleep(100 * time.Millisecond)
	wantAbsent(t, db, "soon")
	wantValue(t, db, "never", "v")
}

func TestTimeToLiveParts(t *testing.T) {
	for ttl, want := range map[time.Duration]int64{
		0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, TTLNone: -1, math.MaxInt64: math.MaxInt64/1_000_000 + 1,
	} {
		if millis, err := ttlMillis(ttl); millis != want || err != nil {
			t.Errorf("%d is %d %v", ttl, millis, err)
		}
	}
	db := openTest(t)
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	txn, err := db.Begin(nil)
	wantNil(t, err)
	defer txn.Close()
	options := &WriteOptions{TTL: -1}
	_, absentError := db.PutIfAbsent(nil, nil, options)
	_, setError := db.CompareAndSet(nil, nil, nil, options)
	_, addError := db.FetchAdd(nil, 1, options)
	for i, err := range []error{
		db.Put(nil, nil, options), db.Write(batch, options), batch.PutTTL(nil, nil, -1), txn.PutTTL(nil, nil, -1), absentError,
		setError, addError,
	} {
		if !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

func TestDeleteRange(t *testing.T) {
	for _, test := range []struct{ lower, upper, left string }{
		{"b", "d", "[ a d e]"}, {"b", "", "[ a]"}, {"", "b", "[b c d e]"}, {"", "", "[]"},
	} {
		bound := func(text string) []byte {
			if text == "" {
				return nil
			}
			return []byte(text)
		}
		for kind := 0; kind < 3; kind++ {
			db := openTest(t)
			for _, key := range []string{"", "a", "b", "c", "d", "e"} {
				mustPut(t, db, key, "v")
			}
			switch kind {
			case 0:
				wantNil(t, db.DeleteRange(bound(test.lower), bound(test.upper), nil))
			case 1:
				batch, err := NewBatch()
				wantNil(t, err)
				wantNil(t, batch.Put([]byte("bb"), nil)) // taken back, or in no range
				wantNil(t, batch.DeleteRange(bound(test.lower), bound(test.upper)))
				wantNil(t, batch.Delete([]byte("bb")))
				wantNil(t, db.Write(batch, nil))
				wantNil(t, batch.Close())
			case 2:
				_, err := db.RunTxn(background, nil, func(txn *Txn) error {
					return txn.DeleteRange(bound(test.lower), bound(test.upper))
				})
				wantNil(t, err)
			}
			if left := fmt.Sprint(keysOf(t, db.NewIterator)); left != test.left {
				t.Errorf("%q to %q, kind %d: %v are left", test.lower, test.upper, kind, left)
			}
			wantNil(t, db.Close())
		}
	}
	db := openTest(t)
	wantError(t, db.DeleteRange([]byte("b"), []byte("a"), nil), ErrInvalidArgument)
	wantError(t, db.DeleteRange(nil, []byte{}, nil), ErrInvalidArgument)
}

func keysOf(t testing.TB, newIterator func(*IteratorOptions) (*Iterator, error)) (keys []string) {
	t.Helper()
	rows, err := newIterator(nil)
	wantNil(t, err)
	for rows.Next() {
		keys = append(keys, string(rows.Key()))
	}
	wantNil(t, rows.Close())
	return keys
}

func TestMerge(t *testing.T) {
	db := openTest(t)
	number := func(n int64) string { return string(EncodeInt64(n)) }
	real := func(x float64) string { return string(EncodeFloat64(x)) }
	for _, test := range []struct {
		operator              MergeOperator
		first, second, result string
	}{
		{MergeInt64Add, number(5), number(-7), number(-2)},
		{MergeInt64Min, number(5), number(-7), number(-7)},
		{MergeInt64Max, number(5), number(-7), number(5)},
		{MergeFloat64Add, real(0.5), real(0.25), real(0.75)},
		{MergeFloat64Min, real(0.5), real(0.25), real(0.25)},
		{MergeFloat64Max, real(0.5), real(math.NaN()), real(0.5)},
		{MergeBytesMin, "b", "ab", "ab"},
		{MergeBytesMax, "b", "ab", "b"},
		{MergeAppend, "a", "b", "ab"},
		{MergeAppendWith(", "), "a", "b", "a, b"},
		{MergeBitOr, "\x01", "\x02\x04", "\x03\x04"},
		{MergeSetIfAbsent, "a", "b", "a"},
	} {
		key := []byte(test.operator)
		wantNil(t, db.Merge(test.operator, key, []byte(test.first), nil))
		wantValue(t, db, string(key), test.first)
		wantNil(t, db.Merge(test.operator, key, []byte(test.second), &WriteOptions{Sync: SyncNever}))
		wantValue(t, db, string(key), test.result)
		batch, err := NewBatch()
		wantNil(t, err)
		wantNil(t, batch.Delete(key))
		wantNil(t, batch.Merge(test.operator, key, []byte(test.first)))
		wantNil(t, batch.Merge(test.operator, key, []byte(test.second)))
		wantNil(t, db.Write(batch, nil))
		wantNil(t, batch.Close())
		wantValue(t, db, string(key), test.result)
		_, err = db.RunTxn(background, nil, func(txn *Txn) error {
			wantNil(t, txn.Delete(key))
			wantNil(t, txn.Merge(test.operator, key, []byte(test.first)))
			wantNil(t, txn.Merge(test.operator, key, []byte(test.second)))
			got, err := txn.Get(key)
			if string(got) != test.result {
				t.Errorf("%s makes %q in a transaction", test.operator, got)
			}
			return err
		})
		wantNil(t, err)
		wantValue(t, db, string(key), test.result)
	}
	mustPut(t, db, "text", "abc")
	wantNil(t, db.Merge(MergeInt64Add, []byte("text"), EncodeInt64(1), nil))
	_, err := db.Get([]byte("text"), nil)
	wantError(t, err, ErrMergeFailed)
	wantError(t, db.Merge("nonsense", []byte("k"), nil, nil), ErrInvalidArgument)
	wantError(t, db.Merge("a\x00b", []byte("k"), nil, nil), ErrInvalidArgument)
	wantError(t, db.Merge(MergeInt64Add, []byte("k"), []byte("1"), nil), ErrInvalidArgument)
}

func TestNumbers(t *testing.T) {
	for _, number := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
		if back, err := DecodeInt64(EncodeInt64(number)); back != number || err != nil {
			t.Error(number, back, err)
		}
	}
	for _, number := range []float64{0, -1.5, math.Inf(1)} {
		if back, err := DecodeFloat64(EncodeFloat64(number)); back != number || err != nil {
			t.Error(number, back, err)
		}
	}
	_, err := DecodeInt64(nil)
	wantError(t, err, ErrInvalidArgument)
	_, err = DecodeFloat64([]byte("123456789"))
	wantError(t, err, ErrInvalidArgument)
}

func TestSingleCalls(t *testing.T) {
	db := openTest(t)
	want := func(done bool, err error, expected bool) {
		t.Helper()
		if done != expected || err != nil {
			t.Fatal(done, err)
		}
	}
	key := []byte("k")
	done, err := db.PutIfAbsent(key, []byte("a"), nil)
	want(done, err, true)
	done, err = db.PutIfAbsent(key, []byte("b"), nil)
	want(done, err, false)
	wantValue(t, db, "k", "a")
	done, err = db.CompareAndSet(key, []byte("b"), []byte("c"), nil)
	want(done, err, false)
	done, err = db.CompareAndSet(key, nil, []byte("c"), nil)
	want(done, err, false)
	done, err = db.CompareAndSet(key, []byte("a"), []byte{}, nil)
	want(done, err, true)
	wantValue(t, db, "k", "")
	done, err = db.CompareAndSet(key, []byte{}, nil, nil)
	want(done, err, true)
	wantAbsent(t, db, "k")
	done, err = db.CompareAndSet(key, []byte{}, []byte("c"), nil)
	want(done, err, false)
	done, err = db.CompareAndSet(key, nil, []byte("c"), &WriteOptions{Sync: SyncAlways})
	want(done, err, true)
	wantValue(t, db, "k", "c")

	for i := int64(0); i < 3; i++ {
		if before, err := db.FetchAdd([]byte("n"), -5, nil); before != -5*i || err != nil {
			t.Fatal(before, err)
		}
	}
	wantValue(t, db, "n", string(EncodeInt64(-15)))
	_, err = db.FetchAdd(key, 1, nil)
	wantError(t, err, ErrMergeFailed)
	if allocations := testing.AllocsPerRun(100, func() { _, _ = db.FetchAdd([]byte("n"), 1, nil) }); allocations > 1 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestOperatorTexts(t *testing.T) {
	if len(operatorTexts) != 11 {
		t.Error(len(operatorTexts))
	}
	_, err := MergeOperator(strings.Repeat("\xff", 3)).cText()
	wantError(t, err, ErrInvalidArgument)
}
