package wombat

import (
	"context"
	"runtime"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// TableBuilder writes a table file outside of any database, from entries whose keys ascend, for DB.Ingest:
//
//	builder, err := wombat.NewTableBuilder("people.sorted")
//	if err != nil {
//		return err
//	}
//	defer builder.Close()
//	for _, row := range sorted {
//		if err := builder.Put(row.key, row.value); err != nil {
//			return err
//		}
//	}
//	return builder.Finish()
//
// Many files may be built at a time. One goroutine at a time; any may close it.
type TableBuilder struct {
	handle *handle
}

// NewTableBuilder begins a file, where there must be none. Of the options those count that say how tables are written:
// table.block_size, filter.bits_per_key and compression.*. The error is ErrAlreadyExists, ErrDoesNotExist where the directory is
// missing, and ErrInvalidArgument for a name that databases give to files of their own.
func NewTableBuilder(path string, options ...Option) (*TableBuilder, error) {
	text, s, err := newOpening(path, options)
	if err != nil {
		return nil, err
	}
	defer raw.Options_destroy(s.options)
	number := raw.Builder_open(text, s.options)
	if err := check(number); err != nil {
		return nil, err
	}
	b := &TableBuilder{&handle{what: "table builder", number: number, release: raw.Builder_destroy}}
	runtime.SetFinalizer(b, func(b *TableBuilder) { b.handle.leaked() })
	return b, nil
}

// Put adds a value under a key. The error is ErrInvalidArgument, naming both keys, when the key does not come after the one before;
// then, and after ErrTooLarge, nothing was added and the builder goes on. After other errors it returns no other.
func (b *TableBuilder) Put(key, value []byte) error {
	_, err := b.run(func(number int64) int64 {
		return raw.Builder_put(number, key, int64(len(key)), value, int64(len(value)))
	})
	return err
}

// PutUntil adds a put that expires at a time, such as DB.Expiry returns; the zero Time: never. Whole microseconds count.
func (b *TableBuilder) PutUntil(key, value []byte, expiry time.Time) error {
	micros := expiryMicros(expiry)
	_, err := b.run(func(number int64) int64 {
		return raw.Builder_put_until(number, key, int64(len(key)), value, int64(len(value)), micros)
	})
	return err
}

// Delete adds a delete: the key is absent when the file has been taken in.
func (b *TableBuilder) Delete(key []byte) error {
	_, err := b.run(func(number int64) int64 { return raw.Builder_delete(number, key, int64(len(key))) })
	return err
}

// Size returns how many entries were added, and about how many bytes the file would have if it was finished now (or has).
func (b *TableBuilder) Size() (entries, bytes int64, err error) {
	size := numbers.Get().(*[]byte)
	defer numbers.Put(size)
	entries, err = b.run(func(number int64) int64 { return raw.Builder_size(number, *size) })
	if err != nil {
		return 0, 0, err
	}
	return entries, int64(native.Uint64(*size)), nil
}

// Finish ends the file and makes it durable. The error is ErrInvalidArgument when there are no entries, and when it was finished
// before.
func (b *TableBuilder) Finish() error {
	_, err := b.run(raw.Builder_finish)
	return err
}

// Close frees the builder; the file of one that was not finished is removed. The second and later calls do nothing. The error is
// always nil.
func (b *TableBuilder) Close() error {
	b.handle.close()
	runtime.SetFinalizer(b, nil)
	return nil
}

func (b *TableBuilder) run(call func(number int64) int64) (int64, error) {
	if err := b.handle.enter(); err != nil {
		return 0, err
	}
	defer runtime.KeepAlive(b)
	defer b.handle.leave()
	result := call(b.handle.number)
	return result, check(result)
}

// IngestOptions says how files are taken in. nil is the zero value: the defaults.
type IngestOptions struct {
	RemoveFiles bool // the files are removed when they have been taken in
}

// Ingest takes files of table builders into the database, or into this keyspace, as one commit: all of them or none. The entries
// replace what is there under their keys. Each file is checked in full and copied while everything goes on. Durable when the call
// returns.
//
// The error is ErrInvalidArgument when the key ranges of two files overlap; ErrCorruption for damage, and for what no builder made;
// ErrMissingFile; ErrConflict when a prepared transaction claims a key in the range of a file; ErrBusy while compactions are paused
// and level 0 is full. The files are then as they were.
func (db *DB) Ingest(ctx context.Context, paths []string, options *IngestOptions) error {
	var texts []byte
	for _, path := range paths {
		text, err := cText(path)
		if err != nil {
			return err
		}
		texts = append(texts, text...)
	}
	removes := 0
	if options != nil && options.RemoveFiles {
		removes = 1
	}
	return db.runTask(ctx, func(number, timeout, cancel, progress, userData int64) int64 {
		return raw.Ingest(number, texts, int64(len(paths)), removes, timeout, cancel, progress, userData)
	})
}
