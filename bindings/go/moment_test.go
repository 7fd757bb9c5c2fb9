package wombat

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	db := openTest(t, WithInt(OptionHistoryRetentionS, 3600))
	mustPut(t, db, "k", "1")
	first, err := db.CommitTimestamp()
	if first == 0 || err != nil {
		t.Fatal(first, err)
	}
	time.Sleep(300 * time.Millisecond)
	between := time.Now()
	time.Sleep(300 * time.Millisecond)
	mustPut(t, db, "k", "2")
	mustPut(t, db, "l", "2")
	wantNil(t, db.Flush(background))
	for _, moment := range []Moment{AtTimestamp(first), AtTime(between)} {
		options := &ReadOptions{AsOf: moment, NoFillCache: true}
		value, err := db.Get([]byte("k"), options)
		if string(value) != "1" || err != nil {
			t.Errorf("%v: %q %v", moment, value, err)
		}
		value, err = db.AppendTo(nil, []byte("k"), options)
		if string(value) != "1" || err != nil {
			t.Errorf("%v: %q %v", moment, value, err)
		}
		if has, err := db.Has([]byte("l"), options); has || err != nil {
			t.Errorf("%v: %v %v", moment, has, err)
		}
		values, err := db.MultiGet([][]byte{[]byte("l"), []byte("k")}, options)
		if len(values) != 2 || values[0] != nil || string(values[1]) != "1" || err != nil {
			t.Errorf("%v: %q %v", moment, values, err)
		}
		wantNil(t, db.View([]byte("k"), options, func(value []byte) error {
			if string(value) != "1" {
				t.Errorf("%v: %q", moment, value)
			}
			return nil
		}))
		rows, err := db.NewIterator(&IteratorOptions{AsOf: moment, KeysOnly: true})
		wantNil(t, err)
		if !rows.Next() || string(rows.Key()) != "k" || rows.Next() {
			t.Errorf("%v: %q %v", moment, rows.Key(), rows.Err())
		}
		wantNil(t, rows.Close())
	}
	now, err := db.Get([]byte("k"), &ReadOptions{AsOf: Moment{}})
	if string(now) != "2" || err != nil {
		t.Errorf("%q %v", now, err)
	}
}

func TestManyKeysOfThePast(t *testing.T) {
	db := openTest(t, WithInt(OptionHistoryRetentionS, 3600))
	var keys [][]byte
	value := bytes.Repeat([]byte("v"), 1000)
	for i := 0; i < 3000; i++ {
		keys = append(keys, []byte(fmt.Sprint("key", i)))
		wantNil(t, db.Put(keys[i], value, nil))
	}
	wantNil(t, db.Put(keys[0], make([]byte, 5<<20), nil))
	timestamp, err := db.CommitTimestamp()
	wantNil(t, err)
	wantNil(t, db.DeleteRange(nil, nil, nil))
	values, err := db.MultiGet(keys, &ReadOptions{AsOf: AtTimestamp(timestamp)})
	wantNil(t, err)
	for i := range keys {
		if i == 0 && len(values[i]) != 5<<20 || i > 0 && !bytes.Equal(values[i], value) {
			t.Fatalf("key %d has %d bytes", i, len(values[i]))
		}
	}
}

func TestMomentsThatAreRefused(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "k", "1")
	timestamp, err := db.CommitTimestamp()
	wantNil(t, err)
	mustPut(t, db, "k", "2")
	wantNil(t, db.Flush(background))
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	defer snapshot.Close()
	for _, test := range []struct {
		snapshot *Snapshot
		moment   Moment
		want     error
	}{
		{nil, AtTimestamp(0), ErrInvalidArgument},
		{nil, AtTime(time.Time{}), ErrInvalidArgument},
		{nil, AtTime(time.Unix(0, 0)), ErrInvalidArgument},
		{snapshot, AtTimestamp(timestamp), ErrInvalidArgument},
		{snapshot, AtTime(time.Now()), ErrInvalidArgument},
		{nil, AtTimestamp(timestamp), ErrTooOld},
		{nil, AtTimestamp(timestamp + 1000), ErrInvalidArgument},
		{nil, AtTime(time.Now().Add(-time.Hour)), ErrTooOld},
	} {
		options := &ReadOptions{Snapshot: test.snapshot, AsOf: test.moment}
		_, getError := db.Get([]byte("k"), options)
		_, hasError := db.Has([]byte("k"), options)
		_, multiGetError := db.MultiGet([][]byte{nil}, options)
		rows, iteratorError := db.NewIterator(&IteratorOptions{Snapshot: test.snapshot, AsOf: test.moment})
		if iteratorError == nil {
			rows.Next()
			iteratorError = rows.Close()
		}
		viewError := db.View([]byte("k"), options, func([]byte) error { return nil })
		for i, err := range []error{getError, hasError, multiGetError, iteratorError, viewError} {
			if !errors.Is(err, test.want) {
				t.Errorf("%v, call %d: %v", test.moment, i, err)
			}
		}
	}
	wantNil(t, db.Close())
	_, err = db.CommitTimestamp()
	wantError(t, err, ErrClosed)
}
