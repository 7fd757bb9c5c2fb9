package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// CreateKeyspace makes a keyspace: a set of keys of its own in the database, with tables of its own. What the options set
// becomes its own value and is stored with it; all else is as in the database at each Open. docs/configuration.md
// says which options a keyspace may have its own value of.
func (db *DB) CreateKeyspace(name string, options ...Option) error {
	s, err := newSettings(options)
	if err != nil {
		return err
	}
	defer raw.Options_destroy(s.options)
	if s.logger != nil {
		return invalid("a logger belongs to the whole database")
	}
	defer runtime.KeepAlive(db)
	return callWithTexts(func(texts ...[]byte) int64 {
		return raw.Keyspace_create(db.handle.number, texts[0], s.options)
	}, name)
}

// OpenKeyspace returns a keyspace as a DB, which goes wherever that of the database goes. Its Close closes it alone; each
// OpenKeyspace returns another one. The DB of Open stands for the keyspace "default".
//
// Flush, Wait and Verify of a keyspace are about that one, of the database about all; properties, Report, ApproximateSize and
// CompactRange are about the keyspace in any case. Sync, Statistics, snapshots and what has to do with keyspaces and prepared
// transactions is the same for all.
func (db *DB) OpenKeyspace(name string) (*DB, error) {
	text, err := cText(name)
	if err != nil {
		return nil, err
	}
	number := raw.Keyspace_open(db.handle.number, text)
	runtime.KeepAlive(db)
	if err := check(number); err != nil {
		return nil, err
	}
	return newDB("keyspace", db.path, number, &closing{}, db), nil
}

// Keyspaces returns the names of all keyspaces, "default" first, the others in order.
func (db *DB) Keyspaces() ([]string, error) {
	defer runtime.KeepAlive(db)
	return readLines(func(buffer []byte) int64 { return raw.Keyspace_list(db.handle.number, buffer, int64(len(buffer))) })
}

// RenameKeyspace gives a keyspace another name. What is open goes on. "default" keeps its name.
func (db *DB) RenameKeyspace(name, newName string) error {
	defer runtime.KeepAlive(db)
	return callWithTexts(func(texts ...[]byte) int64 {
		return raw.Keyspace_rename(db.handle.number, texts[0], texts[1])
	}, name, newName)
}

// DropKeyspace removes a keyspace with all that is in it, under snapshots as well, at once and for good. What is open of it
// then fails with ErrDropped, but for iterators, which go on with what they hold. "default" cannot be dropped.
func (db *DB) DropKeyspace(name string) error {
	defer runtime.KeepAlive(db)
	return callWithTexts(func(texts ...[]byte) int64 { return raw.Keyspace_drop(db.handle.number, texts[0]) }, name)
}

// number is the handle for a call; 0 for no keyspace.
func (db *DB) number() int64 {
	if db == nil {
		return 0
	}
	return db.handle.number
}
