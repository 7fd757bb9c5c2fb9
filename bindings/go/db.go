package wombat

import (
	"runtime"
	"sync"

	"wombatdb.org/go/wombat/internal/raw"
)

// Limits of keys and values.
const (
	KeySizeMax   = 65_535
	ValueSizeMax = 1_073_741_823
)

// DB is an open database, or one of its keyspaces; see [DB.OpenKeyspace].
type DB struct {
	path    string
	handle  *handle
	closing *closing
	parent  *DB // of a keyspace: what it was opened with, which lives as long; else nil
}

// closing is what closing a database needs and leaves behind. It must not know the DB, or the collector would not find
// one that was forgotten.
type closing struct {
	log *logQueue
	err error
}

func (c *closing) release(number int64) {
	c.err = check(raw.Close(number))
	c.log.close()
}

// Open opens the database in a directory, by default creating it when it is missing.
func Open(path string, options ...Option) (*DB, error) {
	text, s, err := newOpening(path, options)
	if err != nil {
		return nil, err
	}
	defer raw.Options_destroy(s.options)
	log, err := startLog(s)
	if err != nil {
		return nil, err
	}
	number := raw.Open(text, s.options)
	if err := check(number); err != nil {
		log.close()
		return nil, err
	}
	end := &closing{log: log}
	return newDB("database", path, number, end, nil), nil
}

func newDB(what, path string, number int64, end *closing, parent *DB) *DB {
	db := &DB{path, &handle{what: what, number: number, release: end.release}, end, parent}
	runtime.SetFinalizer(db, func(db *DB) { db.handle.leaked() })
	return db
}

// Destroy removes a database that is not open: its files, then the directory if nothing else is in it.
func Destroy(path string) error {
	return callWithTexts(func(texts ...[]byte) int64 { return raw.Destroy(texts[0]) }, path)
}

// Path returns the directory of the database.
func (db *DB) Path() string { return db.path }

// Close waits for calls inside and makes all acknowledged writes durable. Keyspaces, transactions, iterators, snapshots and
// batches may still be open; what needs the database then fails with ErrClosed. Of a keyspace it closes the handle alone. The
// second and later calls do nothing and return nil.
func (db *DB) Close() error {
	if !db.handle.close() {
		return nil
	}
	runtime.SetFinalizer(db, nil)
	return db.closing.err
}

// Put stores a value under a key, replacing what was there.
func (db *DB) Put(key, value []byte, options *WriteOptions) error {
	flags, sync, timeout := options.parts()
	ttl, err := options.ttl()
	if err != nil {
		return err
	}
	result := raw.Put(db.handle.number, key, int64(len(key)), value, int64(len(value)), flags, sync, timeout, ttl)
	runtime.KeepAlive(db)
	return check(result)
}

// Delete removes a key. It need not be there.
func (db *DB) Delete(key []byte, options *WriteOptions) error {
	flags, sync, timeout := options.parts()
	result := raw.Delete(db.handle.number, key, int64(len(key)), flags, sync, timeout)
	runtime.KeepAlive(db)
	return check(result)
}

// DeleteRange removes all keys from lower on and before upper; nil: no bound on that side. It costs the same however many there
// are.
func (db *DB) DeleteRange(lower, upper []byte, options *WriteOptions) error {
	flags, sync, timeout := options.parts()
	result := raw.Delete_range(db.handle.number, lower, boundSize(lower), upper, boundSize(upper), flags, sync, timeout)
	runtime.KeepAlive(db)
	return check(result)
}

// Write commits a batch: all of it or nothing, in all keyspaces. The batch stays as it is and may be written again.
func (db *DB) Write(batch *Batch, options *WriteOptions) error {
	flags, sync, timeout := options.parts()
	ttl, err := options.ttl()
	if err != nil {
		return err
	}
	_, err = batch.run(true, func(number int64) int64 { return raw.Write(db.handle.number, number, flags, sync, timeout, ttl) })
	runtime.KeepAlive(db)
	return err
}

// Sync makes every write that was acknowledged before this call durable.
func (db *DB) Sync() error {
	result := raw.Sync(db.handle.number)
	runtime.KeepAlive(db)
	return check(result)
}

// scratch holds values of Get until their size is known.
var scratch = sync.Pool{New: func() any {
	buffer := make([]byte, 4096)
	return &buffer
}}

// Get returns a copy of the value of a key. The error is ErrNotFound when the key is absent.
func (db *DB) Get(key []byte, options *ReadOptions) ([]byte, error) {
	buffer := scratch.Get().(*[]byte)
	defer scratch.Put(buffer)
	size, err := db.read(key, *buffer, options)
	if err != nil {
		return nil, err
	}
	if size > len(*buffer) {
		return grow(nil, size, func(buffer []byte) (int, error) { return db.read(key, buffer, options) })
	}
	value := make([]byte, size)
	copy(value, *buffer)
	return value, nil
}

// AppendTo appends the value of a key to dst and returns the longer slice. It allocates nothing when dst has the room.
// The error is ErrNotFound when the key is absent; dst is then returned as it was.
func (db *DB) AppendTo(dst, key []byte, options *ReadOptions) ([]byte, error) {
	size, err := db.read(key, dst[len(dst):cap(dst)], options)
	if err != nil {
		return dst, err
	}
	if size > cap(dst)-len(dst) {
		return grow(dst, size, func(buffer []byte) (int, error) { return db.read(key, buffer, options) })
	}
	return dst[:len(dst)+size], nil
}

// grow appends a value that does not fit. It may have grown again meanwhile.
func grow(dst []byte, size int, read func(buffer []byte) (int, error)) ([]byte, error) {
	for {
		larger := make([]byte, len(dst), len(dst)+size)
		copy(larger, dst)
		found, err := read(larger[len(dst):cap(larger)])
		if err != nil {
			return dst, err
		}
		if found <= size {
			return larger[:len(dst)+found], nil
		}
		size = found
	}
}

// GetPart copies a part of the value of a key, from offset on, as much as the buffer holds. It returns how much that is, less at the
// end of the value and nothing behind it, and the size of the whole value. Of a long value in a value file only the part is read; with
// an empty buffer it tells the size and reads none. It allocates nothing. The error is ErrNotFound when the key is absent.
func (db *DB) GetPart(key []byte, offset int64, buffer []byte, options *ReadOptions) (count int, size int64, err error) {
	if offset < 0 {
		return 0, 0, invalid("a negative offset")
	}
	snapshot, flags, _, err := options.parts()
	if err != nil {
		return 0, 0, err
	}
	whole := numbers.Get().(*[]byte)
	defer numbers.Put(whole)
	result := raw.Get_part(db.handle.number, key, int64(len(key)), offset, snapshot, flags, buffer, int64(len(buffer)), *whole)
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	if count, err = sizeFound(result); err != nil {
		return 0, 0, err
	}
	return count, int64(native.Uint64(*whole)), nil
}

// numbers has room for single numbers that calls write.
var numbers = sync.Pool{New: func() any {
	number := make([]byte, 8)
	return &number
}}

// read copies a value into a buffer if it fits, and returns its size.
func (db *DB) read(key, buffer []byte, options *ReadOptions) (int, error) {
	snapshot, flags, _, err := options.parts()
	if err != nil {
		return 0, err
	}
	result := raw.Get(db.handle.number, key, int64(len(key)), snapshot, flags, buffer, int64(len(buffer)))
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	return sizeFound(result)
}

// sizeFound is the size of a value that was looked up.
func sizeFound(result int64) (int, error) {
	if result >= 0 {
		return int(result), nil
	}
	if result == cShimNone {
		return 0, ErrNotFound
	}
	return 0, takeError(result)
}

// Has tells whether a key is present.
func (db *DB) Has(key []byte, options *ReadOptions) (bool, error) {
	snapshot, flags, _, err := options.parts()
	if err != nil {
		return false, err
	}
	result := raw.Exists(db.handle.number, key, int64(len(key)), snapshot, flags)
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	return result == 0, check(result)
}

// Option returns the value of an option of this open database.
func (db *DB) Option(name string) (string, error) {
	text, err := cText(name)
	if err != nil {
		return "", err
	}
	defer runtime.KeepAlive(db)
	return readText(func(buffer []byte) int64 { return raw.Get_option(db.handle.number, text, buffer, int64(len(buffer))) })
}

// SetOption changes an option of this open database; only those that are mutable. It is not stored: the next Open uses
// its own options. Of a keyspace it changes the keyspace's own value, which is stored.
func (db *DB) SetOption(name, value string) error {
	defer runtime.KeepAlive(db)
	return callWithTexts(func(texts ...[]byte) int64 { return raw.Set_option(db.handle.number, texts[0], texts[1]) }, name, value)
}

// Version returns the version of the library that runs, such as "0.1.0".
func Version() string { return raw.Version_string() }

// VersionNumber returns the version as a number: 10000 * major + 100 * minor + patch.
func VersionNumber() int { return int(raw.Version_number()) }

// HasFeature tells whether the library was built with a feature, such as "zlib".
func HasFeature(name string) bool {
	text, err := cText(name)
	return err == nil && raw.Feature(text) != 0
}
