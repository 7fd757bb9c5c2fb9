package wombat

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// keyspaceTest makes a keyspace and opens it.
func keyspaceTest(t testing.TB, db *DB, name string, options ...Option) *DB {
	t.Helper()
	wantNil(t, db.CreateKeyspace(name, options...))
	keyspace, err := db.OpenKeyspace(name)
	wantNil(t, err)
	t.Cleanup(func() { keyspace.Close() })
	return keyspace
}

func wantAbsent(t testing.TB, db *DB, key string) {
	t.Helper()
	if value, err := db.Get([]byte(key), nil); value != nil || err == nil {
		t.Fatalf("%q is %q", key, value)
	}
}

func wantKeyspaces(t testing.TB, db *DB, names string) {
	t.Helper()
	got, err := db.Keyspaces()
	if err != nil || fmt.Sprint(got) != names {
		t.Fatal(got, err)
	}
}

func TestKeyspaces(t *testing.T) {
	db := openTest(t)
	wantKeyspaces(t, db, "[default]")
	visits := keyspaceTest(t, db, "visits")
	keyspaceTest(t, db, "calls", With(OptionMemtableSize, "8MiB"))
	wantKeyspaces(t, visits, "[default calls visits]")
	mustPut(t, db, "ada", "1815")
	mustPut(t, visits, "ada", "7")
	wantValue(t, db, "ada", "1815")
	wantValue(t, visits, "ada", "7")
	if visits.Path() != db.Path() {
		t.Error(visits.Path())
	}
	again, err := visits.OpenKeyspace("visits") // the database is what it belongs to, not the handle it was opened with
	wantNil(t, err)
	wantNil(t, visits.Close())
	wantNil(t, visits.Close())
	wantError(t, visits.Put([]byte("k"), nil, nil), ErrClosed)
	wantValue(t, again, "ada", "7")

	wantNil(t, db.RenameKeyspace("visits", "meetings"))
	wantKeyspaces(t, db, "[default calls meetings]")
	wantValue(t, again, "ada", "7")
	rows, err := again.NewIterator(nil)
	wantNil(t, err)
	wantNil(t, db.DropKeyspace("meetings"))
	wantKeyspaces(t, db, "[default calls]")
	_, err = again.Get([]byte("ada"), nil)
	wantError(t, err, ErrDropped)
	wantError(t, again.Put([]byte("k"), nil, nil), ErrDropped)
	if !rows.Next() || string(rows.Value()) != "7" {
		t.Error(rows.Err())
	}
	wantNil(t, rows.Close())
	wantNil(t, again.Close())
}

func TestKeyspaceMistakes(t *testing.T) {
	db := openTest(t)
	keyspaceTest(t, db, "visits")
	wantError(t, db.CreateKeyspace("visits"), ErrAlreadyExists)
	wantError(t, db.CreateKeyspace(""), ErrInvalidArgument)
	wantError(t, db.CreateKeyspace("a\x00b"), ErrInvalidArgument)
	wantError(t, db.CreateKeyspace("other", With(OptionWALSync, "always")), ErrInvalidArgument)
	wantError(t, db.CreateKeyspace("other", With("nonsense", "1")), ErrUnknownOption)
	wantError(t, db.CreateKeyspace("other", WithLogger(func(LogLevel, string) {})), ErrInvalidArgument)
	_, err := db.OpenKeyspace("other")
	wantError(t, err, ErrDoesNotExist)
	wantError(t, db.RenameKeyspace("other", "another"), ErrDoesNotExist)
	wantError(t, db.RenameKeyspace("visits", "default"), ErrAlreadyExists)
	wantError(t, db.DropKeyspace("other"), ErrDoesNotExist)
	wantError(t, db.DropKeyspace("default"), ErrInvalidArgument)
}

func TestKeyspaceOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	wantOption := func(db *DB, want string) {
		t.Helper()
		if value, err := db.Option(OptionMemtableSize); value != want || err != nil {
			t.Fatal(value, err)
		}
	}
	db, err := Open(path, With(OptionMemtableSize, "16MiB"))
	wantNil(t, err)
	keyspace := keyspaceTest(t, db, "small", WithInt(OptionMemtableSize, 4<<20))
	wantOption(keyspace, "4194304")
	wantOption(db, "16777216")
	wantNil(t, db.Close())
	wantNil(t, keyspace.Close())
	db, err = Open(path)
	wantNil(t, err)
	defer db.Close()
	keyspace, err = db.OpenKeyspace("small")
	wantNil(t, err)
	wantOption(keyspace, "4194304")
}

func TestBatchOfSeveralKeyspaces(t *testing.T) {
	db := openTest(t)
	visits := keyspaceTest(t, db, "visits")
	batch, err := NewBatch()
	wantNil(t, err)
	defer batch.Close()
	wantNil(t, batch.Put([]byte("ada"), []byte("1815")))
	wantNil(t, batch.UseKeyspace(visits))
	wantNil(t, batch.Put([]byte("ada"), []byte("8")))
	wantNil(t, batch.UseKeyspace(nil))
	wantNil(t, batch.Put([]byte("alan"), []byte("1912")))
	if count, err := batch.Count(); count != 3 || err != nil {
		t.Error(count, err)
	}
	wantNil(t, visits.Close()) // the batch knows where its operations belong
	wantNil(t, db.Write(batch, nil))
	wantValue(t, db, "ada", "1815")
	wantValue(t, db, "alan", "1912")
	visits, err = db.OpenKeyspace("visits")
	wantNil(t, err)
	wantValue(t, visits, "ada", "8")
	wantAbsent(t, visits, "alan")
	wantError(t, openTest(t).Write(batch, nil), ErrInvalidArgument)
	wantNil(t, db.DropKeyspace("visits"))
	wantError(t, db.Write(batch, nil), ErrDropped)
	wantError(t, batch.UseKeyspace(visits), ErrDropped)
	wantNil(t, visits.Close())
	wantError(t, batch.UseKeyspace(visits), ErrClosed)
}

func TestSnapshotOfAllKeyspaces(t *testing.T) {
	db := openTest(t)
	visits := keyspaceTest(t, db, "visits")
	mustPut(t, visits, "ada", "7")
	snapshot, err := db.NewSnapshot()
	wantNil(t, err)
	defer snapshot.Close()
	mustPut(t, visits, "ada", "8")
	value, err := visits.Get([]byte("ada"), &ReadOptions{Snapshot: snapshot})
	if string(value) != "7" || err != nil {
		t.Fatalf("%q %v", value, err)
	}
}

func TestDatabaseLivesAsLongAsItsKeyspaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	keyspace := func() *DB {
		db, err := Open(path, With(OptionWALSync, "os"))
		wantNil(t, err)
		return keyspaceTest(t, db, "visits")
	}()
	for i := 0; i < 10; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	mustPut(t, keyspace, "ada", "7")
	wantValue(t, keyspace, "ada", "7")
	wantNil(t, keyspace.Close())
}

func TestKeyspaceOutlivesDatabase(t *testing.T) {
	db := openTest(t)
	keyspace := keyspaceTest(t, db, "visits")
	wantNil(t, db.Close())
	wantError(t, keyspace.Put([]byte("ada"), nil, nil), ErrClosed)
	_, err := keyspace.Keyspaces()
	wantError(t, err, ErrClosed)
	_, err = db.OpenKeyspace("visits")
	wantError(t, err, ErrClosed)
	wantError(t, db.CreateKeyspace("calls"), ErrClosed)
	wantError(t, db.RenameKeyspace("visits", "calls"), ErrClosed)
	wantError(t, db.DropKeyspace("visits"), ErrClosed)
	wantNil(t, keyspace.Close())
	wantNil(t, keyspace.Close())
}
