package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// PutIfAbsent stores a value under a key that is absent, and tells whether it was. It reads and writes as one step, and never
// fails with ErrConflict.
func (db *DB) PutIfAbsent(key, value []byte, options *WriteOptions) (bool, error) {
	flags, sync, timeout := options.parts()
	ttl, err := options.ttl()
	if err != nil {
		return false, err
	}
	result := raw.Put_if_absent(db.handle.number, key, int64(len(key)), value, int64(len(value)), flags, sync, timeout, ttl)
	runtime.KeepAlive(db)
	return result == 0, check(result)
}

// CompareAndSet gives a key the value desired (nil: removes it) if its value is expected (nil: if it is absent), and tells
// whether it was. An empty slice is an empty value. It reads and writes as one step, and never fails with ErrConflict.
func (db *DB) CompareAndSet(key, expected, desired []byte, options *WriteOptions) (bool, error) {
	flags, sync, timeout := options.parts()
	ttl, err := options.ttl()
	if err != nil {
		return false, err
	}
	result := raw.Compare_and_set(db.handle.number, key, int64(len(key)), expected, boundSize(expected), desired,
		boundSize(desired), flags, sync, timeout, ttl)
	runtime.KeepAlive(db)
	return result == 0, check(result)
}

// FetchAdd adds to the number under a key, which is 0 when absent, and returns what it was before; see EncodeInt64. It wraps
// around. The error is ErrMergeFailed when the value does not have 8 bytes.
func (db *DB) FetchAdd(key []byte, delta int64, options *WriteOptions) (before int64, err error) {
	flags, sync, timeout := options.parts()
	ttl, err := options.ttl()
	if err != nil {
		return 0, err
	}
	buffer := scratch.Get().(*[]byte)
	defer scratch.Put(buffer)
	number := (*buffer)[:8]
	result := raw.Fetch_add(db.handle.number, key, int64(len(key)), delta, flags, sync, timeout, ttl, number)
	runtime.KeepAlive(db)
	if err := check(result); err != nil {
		return 0, err
	}
	return int64(native.Uint64(number)), nil
}
