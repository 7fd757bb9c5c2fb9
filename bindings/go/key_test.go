package wombat

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// part is one part of a line of the vectors that all languages share.
type part struct{ kind, value string }

func (p part) bytes(t *testing.T) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(p.value, "-", ""))
	wantNil(t, err)
	return data
}

func (p part) signed() int64 {
	value, _ := strconv.ParseInt(p.value, 10, 64)
	return value
}

func (p part) unsigned() uint64 {
	value, _ := strconv.ParseUint(p.value, 10, 64)
	return value
}

func (p part) float() float64 {
	bits, _ := strconv.ParseUint(p.value, 16, 64)
	return math.Float64frombits(bits)
}

func (p part) width() int {
	bits, _ := strconv.Atoi(p.kind[1:])
	return bits / 8
}

func (p part) append(t *testing.T, w *KeyWriter) {
	switch p.kind {
	case "i8", "i16", "i32", "i64":
		w.Signed(p.signed(), p.width())
	case "u8", "u16", "u32", "u64":
		w.Unsigned(p.unsigned(), p.width())
	case "bool":
		w.Bool(p.value == "1")
	case "real":
		w.Float64(p.float())
	case "time":
		w.Time(time.UnixMicro(p.signed()))
	case "text":
		w.String(string(p.bytes(t)))
	case "bytes":
		w.Bytes(p.bytes(t))
	default:
		w.Fixed(p.bytes(t))
	}
}

func (p part) read(t *testing.T, r *KeyReader) (got, want any) {
	switch p.kind {
	case "i8", "i16", "i32", "i64":
		return r.Signed(p.width()), p.signed()
	case "u8", "u16", "u32", "u64":
		return r.Unsigned(p.width()), p.unsigned()
	case "bool":
		return r.Bool(), p.value == "1"
	case "real":
		return math.Float64bits(r.Float64()), math.Float64bits(p.float())
	case "time":
		return r.Time().UnixMicro(), p.signed()
	case "text":
		return r.String(), string(p.bytes(t))
	case "bytes":
		return string(r.Bytes()), string(p.bytes(t))
	default:
		return string(r.Fixed(len(p.bytes(t)))), string(p.bytes(t))
	}
}

func TestKeyVectors(t *testing.T) {
	path := os.Getenv("WOMBAT_KEY_VECTORS")
	if path == "" {
		t.Skip("WOMBAT_KEY_VECTORS does not say where the vectors are")
	}
	text, err := os.ReadFile(path)
	wantNil(t, err)
	var last []byte
	count := 0
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" {
			last = nil
		}
		left, right, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		count++
		want, err := hex.DecodeString(right)
		wantNil(t, err)
		var parts []part
		for _, word := range strings.Fields(left) {
			kind, value, _ := strings.Cut(word, ":")
			parts = append(parts, part{kind, value})
		}
		writer := new(KeyWriter)
		for _, p := range parts {
			p.append(t, writer)
		}
		if writer.Err() != nil || !bytes.Equal(writer.Key(), want) {
			t.Errorf("%s: %x, %v", line, writer.Key(), writer.Err())
		}
		reader := NewKeyReader(want)
		for _, p := range parts {
			if got, want := p.read(t, reader); got != want {
				t.Errorf("%s: %v instead of %v", line, got, want)
			}
		}
		wantNil(t, reader.Finish())
		if last != nil && bytes.Compare(last, want) >= 0 {
			t.Errorf("%s: not behind the key before", line)
		}
		last = want
	}
	if count < 100 {
		t.Fatal(count)
	}
}

func TestKeysThatCannotBe(t *testing.T) {
	for _, w := range []*KeyWriter{
		new(KeyWriter).Signed(128, 1), new(KeyWriter).Signed(-129, 1), new(KeyWriter).Unsigned(1<<32, 4), new(KeyWriter).Signed(0, 3),
		new(KeyWriter).Time(time.Unix(math.MaxInt64/2, 0)),
	} {
		wantError(t, w.Int32(1).Err(), ErrInvalidArgument)
		if w.Key() != nil {
			t.Error("a key in spite of the error")
		}
		wantNil(t, w.Reset().Err())
	}
	for _, read := range []func(*KeyReader){
		func(r *KeyReader) { r.Int64() }, func(r *KeyReader) { r.Bytes() }, func(r *KeyReader) { r.Fixed(5) },
		func(r *KeyReader) { r.Bool() }, func(r *KeyReader) { r.Signed(3) }, func(r *KeyReader) {},
	} {
		reader := NewKeyReader([]byte("a\x00b\xff"))
		read(reader)
		wantError(t, reader.Finish(), ErrInvalidArgument)
		if reader.Int32() != 0 || reader.Float64() != 0 || reader.More() {
			t.Error("something was read behind an error")
		}
	}
	if r := NewKeyReader([]byte("ab\x00")); r.Bytes() != nil || r.Err() == nil {
		t.Error("a part without end")
	}
}

func TestStore(t *testing.T) {
	type person struct {
		Name string
		Born int
	}
	db := openTest(t)
	people := NewStore(db, Int64Key, JSONValue[person]()).WithPrefix([]byte("people/"))
	series := NewStore(db, PairKey(StringKey, TimeKey), Float64Value).WithPrefix([]byte("series/"))
	for _, id := range []int64{3, -7, 100, math.MinInt64} {
		wantNil(t, people.Put(id, person{fmt.Sprint("n", id), 1900}, nil))
	}
	got, err := people.Get(-7, nil)
	if err != nil || got.Name != "n-7" {
		t.Fatal(got, err)
	}
	_, err = people.Get(4, nil)
	wantError(t, err, ErrNotFound)
	var ids []int64
	wantNil(t, people.Each(func(id int64, _ person) bool { ids = append(ids, id); return true }))
	if fmt.Sprint(ids) != "[-9223372036854775808 -7 3 100]" {
		t.Fatal(ids)
	}
	ids = nil
	wantNil(t, people.Range(-7, 100, func(id int64, _ person) bool { ids = append(ids, id); return id < 0 }))
	if fmt.Sprint(ids) != "[-7 3]" {
		t.Fatal(ids)
	}
	start := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	for i := 0; i < 10; i++ {
		wantNil(t, series.BatchPut(batch, Pair[string, time.Time]{fmt.Sprint("s", i%2), start.Add(time.Duration(i) * time.Second)}, float64(i)))
	}
	wantNil(t, db.Write(batch, nil))
	sum := 0.0
	wantNil(t, series.EachStartingWith(func(w *KeyWriter) { w.String("s1") }, func(key Pair[string, time.Time], value float64) bool {
		if key.First != "s1" || !key.Second.Equal(start.Add(time.Duration(value)*time.Second)) {
			t.Error(key, value)
		}
		sum += value
		return true
	}))
	if sum != 25 {
		t.Fatal(sum)
	}
	wantNil(t, people.Delete(3, nil))
	mustPut(t, db, "people/x", "not eight bytes")
	var failure *Error
	if err := people.Each(func(int64, person) bool { return true }); !errors.As(err, &failure) {
		t.Fatal(err)
	}
}
