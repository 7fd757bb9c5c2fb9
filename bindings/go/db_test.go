package wombat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// openTest opens a database, whose writes do not wait for the disk, in a folder that goes with the test.
func openTest(t testing.TB, options ...Option) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "db"), append([]Option{With(OptionWALSync, "os")}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustPut(t testing.TB, db *DB, key, value string) {
	t.Helper()
	if err := db.Put([]byte(key), []byte(value), nil); err != nil {
		t.Fatal(err)
	}
}

func wantNil(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v instead of %v", err, target)
	}
}

func wantValue(t testing.TB, db *DB, key, value string) {
	t.Helper()
	got, err := db.Get([]byte(key), nil)
	if err != nil || string(got) != value {
		t.Fatalf("%q is %q, %v instead of %q", key, got, err, value)
	}
}

func TestPutGetDelete(t *testing.T) {
	db := openTest(t)
	_, err := db.Get([]byte("ada"), nil)
	wantError(t, err, ErrNotFound)
	mustPut(t, db, "ada", "1815")
	wantValue(t, db, "ada", "1815")
	if has, err := db.Has([]byte("ada"), nil); !has || err != nil {
		t.Fatal(has, err)
	}
	mustPut(t, db, "ada", "")
	wantValue(t, db, "ada", "")
	wantNil(t, db.Put(nil, []byte("empty key"), &WriteOptions{Sync: SyncAlways, NoWait: true, Timeout: time.Second}))
	wantValue(t, db, "", "empty key")
	wantNil(t, db.Delete([]byte("ada"), nil))
	if has, err := db.Has([]byte("ada"), &ReadOptions{NoFillCache: true}); has || err != nil {
		t.Fatal(has, err)
	}
	wantNil(t, db.Delete([]byte("ada"), nil))
	wantNil(t, db.Sync())
}

func TestAppendTo(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "k", "value")
	buffer := append(make([]byte, 0, 20), "head "...)
	got, err := db.AppendTo(buffer, []byte("k"), nil)
	if err != nil || string(got) != "head value" || &got[0] != &buffer[0] {
		t.Fatalf("%q %v", got, err)
	}
	got, err = db.AppendTo([]byte("head "), []byte("k"), nil)
	if err != nil || string(got) != "head value" {
		t.Fatalf("%q %v", got, err)
	}
	got, err = db.AppendTo(buffer, []byte("none"), nil)
	wantError(t, err, ErrNotFound)
	if string(got) != "head " {
		t.Fatalf("%q", got)
	}
	key := []byte("k")
	if allocations := testing.AllocsPerRun(100, func() { buffer, _ = db.AppendTo(buffer[:0], key, nil) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestLargeAndTooLarge(t *testing.T) {
	db := openTest(t)
	key := bytes.Repeat([]byte("k"), KeySizeMax)
	value := bytes.Repeat([]byte("v"), 20<<20)
	wantNil(t, db.Put(key, value, nil))
	got, err := db.Get(key, nil)
	if err != nil || !bytes.Equal(got, value) {
		t.Fatal(len(got), err)
	}
	wantError(t, db.Put(append(key, 'k'), nil, nil), ErrTooLarge)
}

func TestMultiGet(t *testing.T) {
	db := openTest(t)
	var keys [][]byte
	for i := 0; i < 1000; i++ {
		keys = append(keys, []byte(fmt.Sprint("key", i)))
		if i%3 != 0 {
			wantNil(t, db.Put(keys[i], bytes.Repeat([]byte{byte(i)}, 7*i), nil))
		}
	}
	values, err := db.MultiGet(keys, nil)
	if err != nil || len(values) != 1000 {
		t.Fatal(len(values), err)
	}
	for i, value := range values {
		if i%3 == 0 && value != nil || i%3 != 0 && !bytes.Equal(value, bytes.Repeat([]byte{byte(i)}, 7*i)) {
			t.Fatalf("value %d is %v", i, value)
		}
	}
	if values, err = db.MultiGet(nil, nil); len(values) != 0 || err != nil {
		t.Fatal(values, err)
	}
}

func TestSnapshot(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "k", "old")
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	mustPut(t, db, "k", "new")
	at := &ReadOptions{Snapshot: snapshot}
	if value, err := db.Get([]byte("k"), at); string(value) != "old" || err != nil {
		t.Fatal(value, err)
	}
	if values, err := db.MultiGet([][]byte{[]byte("k")}, at); string(values[0]) != "old" || err != nil {
		t.Fatal(values, err)
	}
	if snapshot.Timestamp() == 0 {
		t.Fatal("no timestamp")
	}
	snapshot.Close()
	snapshot.Close()
	_, err = db.Get([]byte("k"), at)
	wantError(t, err, ErrClosed)
	other := openTest(t)
	foreign, err := other.NewSnapshot()
	wantNil(t, err)
	defer foreign.Close()
	_, err = db.Get([]byte("k"), &ReadOptions{Snapshot: foreign})
	wantError(t, err, ErrInvalidArgument)
}

func TestView(t *testing.T) {
	db := openTest(t)
	large := bytes.Repeat([]byte("0123456789"), 30_000)
	wantNil(t, db.Put([]byte("k"), large, nil))
	mustPut(t, db, "empty", "")
	calls := 0
	wantNil(t, db.View([]byte("k"), nil, func(value []byte) error {
		calls++
		wantNil(t, db.Delete([]byte("k"), nil))
		if !bytes.Equal(value, large) {
			t.Error("another value")
		}
		return nil
	}))
	wantNil(t, db.View([]byte("empty"), nil, func(value []byte) error {
		calls++
		if value == nil || len(value) != 0 {
			t.Error(value)
		}
		return nil
	}))
	wantError(t, db.View([]byte("none"), nil, func([]byte) error { return nil }), ErrNotFound)
	wantError(t, db.View([]byte("empty"), nil, func([]byte) error { return os.ErrExist }), os.ErrExist)
	if calls != 2 {
		t.Fatal(calls)
	}
}

func TestOptions(t *testing.T) {
	db := openTest(t, WithPreset("durable"), WithInt(OptionCacheSize, 16<<20), WithText("memtable.size=1MiB; # comment"))
	if value, err := db.Option(OptionCacheSize); value != "16777216" || err != nil {
		t.Fatal(value, err)
	}
	wantNil(t, db.SetOption(OptionWALSync, "os"))
	wantError(t, db.SetOption(OptionMaxLevels, "3"), ErrInvalidArgument)
	if value, err := OptionInt(OptionMemtableSize, With(OptionMemtableSize, "2MiB")); value != 2<<20 || err != nil {
		t.Fatal(value, err)
	}
	if value, err := OptionValue(OptionWALSync); value != "always" || err != nil {
		t.Fatal(value, err)
	}
	_, err := Open(t.TempDir(), With("cache.sise", "1"))
	wantError(t, err, ErrUnknownOption)
	if !strings.Contains(err.Error(), "cache.size") {
		t.Fatal(err)
	}
	_, err = Open(t.TempDir(), WithPreset("nonsense"))
	wantError(t, err, ErrInvalidArgument)
	all, err := Options()
	if err != nil || len(all) < 50 {
		t.Fatal(len(all), err)
	}
}

func TestMaintenance(t *testing.T) {
	db := openTest(t)
	for i := 0; i < 5000; i++ {
		mustPut(t, db, fmt.Sprint("key", i), strings.Repeat("x", 100))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	wantNil(t, db.Flush(ctx))
	wantNil(t, db.CompactRange(ctx, nil, nil))
	wantNil(t, db.CompactRange(ctx, []byte("key1"), []byte("key2")))
	wantNil(t, db.Wait(ctx))
	reports := 0
	wantNil(t, db.Verify(WithProgress(ctx, func(done, total uint64) bool { reports++; return true })))
	if reports == 0 {
		t.Error("no progress was reported")
	}
	wantError(t, db.Verify(WithProgress(ctx, func(done, total uint64) bool { return false })), ErrCancelled)
	func() {
		defer func() {
			if recover() != "no further" {
				t.Error("the panic of the function is lost")
			}
		}()
		_ = db.Verify(WithProgress(ctx, func(done, total uint64) bool { panic("no further") }))
	}()
	wantError(t, db.Verify(WithProgress(ctx, func(done, total uint64) bool { cancel(); time.Sleep(20 * time.Millisecond); return true })),
		context.Canceled)
	wantError(t, db.Verify(ctx), context.Canceled)
	whole, err := db.ApproximateSize(nil, nil)
	if err != nil || whole < 1000 {
		t.Error(whole, err)
	}
	_, err = db.CleanUpLogs()
	wantNil(t, err)
}

func TestMonitor(t *testing.T) {
	db := openTest(t)
	_, _ = db.Get([]byte("k"), nil)
	statistics, err := db.Statistics()
	if err != nil || statistics["get.count"] == 0 || len(statistics) != len(Statistics()) {
		t.Fatal(statistics, err)
	}
	for _, property := range Properties() {
		_, err := db.Property(property.Name)
		wantNil(t, err)
	}
	_, err = db.PropertyInt("disk.bytes")
	wantNil(t, err)
	_, err = db.Property("disk.bites")
	wantError(t, err, ErrInvalidArgument)
	if text, err := db.Report(); text == "" || err != nil {
		t.Fatal(err)
	}
	if text, err := db.ReportJSON(); !strings.HasPrefix(text, "{") || err != nil {
		t.Fatal(text, err)
	}
}

func TestLogger(t *testing.T) {
	var lock sync.Mutex
	var messages []string
	db := openTest(t, With(OptionLogLevel, "debug"), WithLogger(func(level LogLevel, message string) {
		lock.Lock()
		defer lock.Unlock()
		messages = append(messages, message)
	}))
	mustPut(t, db, "k", "v")
	wantNil(t, db.Flush(context.Background()))
	wantNil(t, db.Close())
	if len(messages) == 0 {
		t.Fatal("no messages")
	}
}

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "größe 🐾")
	_, err := Open(path, WithInt(OptionOpenCreateIfMissing, 0))
	wantError(t, err, ErrDoesNotExist)
	db, err := Open(path)
	wantNil(t, err)
	_, err = Open(path)
	wantError(t, err, ErrLocked)
	if db.Path() != path {
		t.Error(db.Path())
	}
	wantNil(t, db.Close())
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	wantNil(t, Destroy(path))
	wantError(t, Destroy(path), ErrDoesNotExist)
	for _, bad := range []string{"a\x00b", "a\xffb"} {
		_, err := Open(bad)
		wantError(t, err, ErrInvalidArgument)
	}
}

func TestLibrary(t *testing.T) {
	if Version() == "" || VersionNumber() <= 0 || HasFeature("nonsense") {
		t.Error(Version(), VersionNumber())
	}
	if StatusCorruption.String() != "CORRUPTION" || StatusCorruption.Help() == "" || StatusCorruption.Retryable() || !StatusBusy.Retryable() {
		t.Error(StatusCorruption)
	}
	var failure *Error
	if !errors.As(ErrBusy, &failure) || failure.Status != StatusBusy {
		t.Error(failure)
	}
}
