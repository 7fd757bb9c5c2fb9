package wombat

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// buildTest makes a file with some keys, each its own value.
func buildTest(t testing.TB, path string, keys ...string) string {
	t.Helper()
	builder, err := NewTableBuilder(path, With(OptionCompressionCodec, "none"))
	wantNil(t, err)
	for _, key := range keys {
		wantNil(t, builder.Put([]byte(key), []byte(key)))
	}
	wantNil(t, builder.Finish())
	wantNil(t, builder.Close())
	return path
}

func TestBuildAndIngest(t *testing.T) {
	db := openTest(t)
	mustPut(t, db, "a", "old")
	mustPut(t, db, "c", "old")
	path := filepath.Join(t.TempDir(), "rows.sorted")
	builder, err := NewTableBuilder(path)
	wantNil(t, err)
	large := bytes.Repeat([]byte("0123456789"), 30_000)
	expiry := time.Now().Add(time.Hour).Truncate(time.Microsecond)
	wantNil(t, builder.Put(nil, []byte("empty key")))
	wantNil(t, builder.Put([]byte("a"), large))
	wantNil(t, builder.PutUntil([]byte("b"), nil, expiry))
	wantNil(t, builder.PutUntil([]byte("b2"), []byte("stays"), time.Time{}))
	wantNil(t, builder.PutUntil([]byte("b3"), []byte("gone"), time.Unix(1, 0)))
	wantNil(t, builder.Delete([]byte("c")))
	err = builder.Put([]byte("b"), nil)
	wantError(t, err, ErrInvalidArgument)
	if !strings.Contains(err.Error(), `"b"`) || !strings.Contains(err.Error(), `"c"`) {
		t.Error(err)
	}
	wantError(t, builder.Delete([]byte("c")), ErrInvalidArgument)
	wantError(t, builder.PutUntil(bytes.Repeat([]byte("d"), KeySizeMax+1), nil, time.Time{}), ErrTooLarge)
	if entries, size, err := builder.Size(); entries != 6 || size <= 0 || err != nil {
		t.Fatal(entries, size, err)
	}
	wantNil(t, builder.Finish())
	if entries, size, err := builder.Size(); entries != 6 || size <= 0 || err != nil {
		t.Fatal(entries, size, err)
	}
	wantError(t, builder.Finish(), ErrInvalidArgument)
	wantNil(t, builder.Close())

	reports := 0
	wantNil(t, db.Ingest(WithProgress(background, func(done, total uint64) bool {
		reports++
		return true
	}), []string{path}, nil))
	if reports == 0 {
		t.Error("no progress")
	}
	wantValue(t, db, "", "empty key")
	wantValue(t, db, "a", string(large))
	wantValue(t, db, "b2", "stays")
	if got, err := db.Expiry([]byte("b"), nil); !got.Equal(expiry) || err != nil {
		t.Fatal(got, err)
	}
	for _, key := range []string{"b3", "c"} {
		_, err = db.Get([]byte(key), nil)
		wantError(t, err, ErrNotFound)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	wantNil(t, db.CreateKeyspace("space"))
	space, err := db.OpenKeyspace("space")
	wantNil(t, err)
	wantNil(t, space.Ingest(background, []string{path}, &IngestOptions{RemoveFiles: true}))
	wantValue(t, space, "b2", "stays")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatal(err)
	}
	wantNil(t, space.Close())
	wantNil(t, db.Verify(background))
}

func TestIngestManyFiles(t *testing.T) {
	db := openTest(t)
	folder := t.TempDir()
	var paths []string
	for i := 0; i < 20; i++ {
		name := filepath.Join(folder, fmt.Sprintf("part ü %d", i))
		paths = append(paths, buildTest(t, name, fmt.Sprintf("key %02d a", i), fmt.Sprintf("key %02d b", i)))
	}
	wantNil(t, db.Ingest(background, paths, &IngestOptions{RemoveFiles: true}))
	for i := 0; i < 20; i++ {
		wantValue(t, db, fmt.Sprintf("key %02d a", i), fmt.Sprintf("key %02d a", i))
	}
	if left, err := os.ReadDir(folder); len(left) != 0 || err != nil {
		t.Fatal(left, err)
	}
}

func TestBadIngests(t *testing.T) {
	db := openTest(t)
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	first := buildTest(t, in("first"), "a", "m")
	second := buildTest(t, in("second"), "k", "z")
	damaged := buildTest(t, in("damaged"), "p", "q")
	data, err := os.ReadFile(damaged)
	wantNil(t, err)
	data[len(data)/2] ^= 1
	wantNil(t, os.WriteFile(damaged, data, 0o600))
	wantError(t, db.Ingest(background, []string{first, second}, nil), ErrInvalidArgument)
	wantError(t, db.Ingest(background, []string{first, damaged}, nil), ErrCorruption)
	wantError(t, db.Ingest(background, []string{first, in("none")}, nil), ErrMissingFile)
	wantError(t, db.Ingest(background, []string{"zero\x00byte"}, nil), ErrInvalidArgument)
	wantError(t, db.Ingest(background, []string{first, ""}, nil), ErrInvalidArgument)
	ended, cancel := context.WithCancel(background)
	cancel()
	wantError(t, db.Ingest(ended, []string{first}, nil), context.Canceled)
	stop := WithProgress(background, func(done, total uint64) bool { return false })
	wantError(t, db.Ingest(stop, []string{first}, nil), ErrCancelled)
	if has, err := db.Has([]byte("a"), nil); has || err != nil {
		t.Fatal(has, err)
	}
	wantNil(t, db.Close())
	wantError(t, db.Ingest(background, []string{first}, nil), ErrClosed)
}

func TestBadBuilders(t *testing.T) {
	folder := t.TempDir()
	taken := buildTest(t, filepath.Join(folder, "taken"), "a")
	_, err := NewTableBuilder(taken)
	wantError(t, err, ErrAlreadyExists)
	_, err = NewTableBuilder(filepath.Join(folder, "no such folder", "file"))
	wantError(t, err, ErrDoesNotExist)
	_, err = NewTableBuilder(filepath.Join(folder, "000001.table"))
	wantError(t, err, ErrInvalidArgument)
	_, err = NewTableBuilder(filepath.Join(folder, "file"), With("nonsense", "1"))
	wantError(t, err, ErrUnknownOption)
	_, err = NewTableBuilder("zero\x00byte")
	wantError(t, err, ErrInvalidArgument)
	path := filepath.Join(folder, "unfinished")
	builder, err := NewTableBuilder(path)
	wantNil(t, err)
	wantError(t, builder.Finish(), ErrInvalidArgument)
	wantNil(t, builder.Put([]byte("a"), nil))
	wantNil(t, builder.Close())
	wantNil(t, builder.Close())
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatal("the file of a builder that was not finished is still there:", err)
	}
	_, _, sizeError := builder.Size()
	for _, err := range []error{
		builder.Put([]byte("b"), nil), builder.PutUntil([]byte("b"), nil, time.Time{}), builder.Delete([]byte("b")), sizeError,
		builder.Finish(),
	} {
		wantError(t, err, ErrClosed)
	}
}

func TestBuilderMakesNoGarbage(t *testing.T) {
	builder, err := NewTableBuilder(filepath.Join(t.TempDir(), "file"))
	wantNil(t, err)
	defer builder.Close()
	key, value := make([]byte, 8), make([]byte, 100)
	next := byte(0)
	if allocations := testing.AllocsPerRun(100, func() {
		next++
		key[0] = next
		_ = builder.Put(key, value)
	}); allocations > 1 { // the function that carries the arguments
		t.Errorf("%v allocations", allocations)
	}
}

// TestForgottenBuilder: the collector closes it, which removes its file.
func TestForgottenBuilder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	func() {
		builder, err := NewTableBuilder(path)
		wantNil(t, err)
		wantNil(t, builder.Put([]byte("a"), nil))
	}()
	collectUntil(t, func() bool {
		_, err := os.Stat(path)
		return os.IsNotExist(err)
	})
}

// TestCloseWhileBuilding closes builders and databases while they are at work.
func TestCloseWhileBuilding(t *testing.T) {
	random := rand.New(rand.NewSource(testSeed(t)))
	folder := t.TempDir()
	for round := 0; round < 30; round++ {
		db := openTest(t)
		var group sync.WaitGroup
		builder, err := NewTableBuilder(filepath.Join(folder, fmt.Sprint("building", round)))
		wantNil(t, err)
		ready := buildTest(t, filepath.Join(folder, fmt.Sprint("ready", round)), "a", "b")
		group.Add(2)
		go func() {
			defer group.Done()
			for i := 0; ; i++ {
				if err := builder.Put([]byte(fmt.Sprintf("%09d", i)), make([]byte, 200)); err != nil {
					wantErrorOf(t, err, ErrClosed)
					return
				}
				if _, _, err := builder.Size(); err != nil {
					wantErrorOf(t, err, ErrClosed)
					return
				}
			}
		}()
		go func() {
			defer group.Done()
			for {
				if err := db.Ingest(background, []string{ready}, nil); err != nil {
					wantErrorOf(t, err, ErrClosed, ErrBusy)
					if db.handle.isClosed() {
						return
					}
				}
			}
		}()
		time.Sleep(time.Duration(random.Intn(20)) * time.Millisecond)
		wantNil(t, builder.Close())
		time.Sleep(time.Duration(random.Intn(5)) * time.Millisecond)
		wantNil(t, db.Close())
		group.Wait()
	}
}
